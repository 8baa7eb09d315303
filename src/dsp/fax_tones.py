"""The tones by which fax machines call and answer (ITU-T T.30, V.8), as the tone receiver's patterns."""

from typing import Final

from dsp.plan import ToneSpec

CNG: Final = ToneSpec(
    name="CNG",
    title="fax calling tone",
    frequencies_hz=(1100.0,),
    cadence_ms=(500, 3000),
    level_dbm0=-11.0,
    tolerance_hz=38.0,  # T.30 §4.1
    cadence_tolerance=0.15,  # T.30 §4.1
    bursts_min=1,  # the caller must not wait for a second one
    listen=True,
)
CED: Final = ToneSpec(  # also ANSam: 2100 Hz with 20 % AM at 15 Hz and a phase reversal each 450 ms (V.8)
    name="CED",
    title="fax answering tone",
    frequencies_hz=(2100.0,),
    cadence_ms=(),
    level_dbm0=-11.0,
    tolerance_hz=15.0,  # T.30 §4.2
    cadence_tolerance=0.15,
    bursts_min=0,
    listen=True,
    modulated=True,
)
FAX_TONES: Final = (CNG, CED)
