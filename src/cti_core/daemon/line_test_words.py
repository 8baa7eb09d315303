"""The words of a line test: what each figure is called, where its limit comes from, and what to do outside of it.

Every text is a pair, Chinese first. `{low}`, `{high}`, `{value}` are put in with their unit.
"""

from dataclasses import dataclass
from typing import Final

from cti_core.call_control.actions import Language

Pair = tuple[str, str]
NOTHING: Final[Pair] = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    title: Pair
    unit: str = ""
    source: Pair = NOTHING
    low: Pair = NOTHING  # advice when the figure is below its limit, or when a thing that must be is not
    high: Pair = NOTHING  # advice when it is above
    unknown: Pair = NOTHING  # why it could not be measured


_HUM_SOURCE: Final[Pair] = (
    "比必须识别的最弱按键（ITU-T Q.24，−25 dBm0）低 20 dB",
    "20 dB below the weakest key that must be read (-25 dBm0, ITU-T Q.24)",
)
_HUM_HIGH: Final[Pair] = (
    "工频干扰大：线缆与电力线同槽、一根芯线接地或接头受潮；检查接地和配线架。",
    "hum: the cable runs beside mains, one wire touches earth, or a joint is wet; look at earthing and the frame.",
)
_NOISE_SOURCE: Final[Pair] = (
    "最弱按键 −25 dBm0（ITU-T Q.24），检测需高出噪声 10 dB，另留 5 dB",
    "weakest key -25 dBm0 (ITU-T Q.24), which must stand 10 dB above the noise, and 5 dB to spare",
)
_NOISE_HIGH: Final[Pair] = (
    "杂音大：接头松动或受潮、有并机未挂好；换一对线再测。",
    "noise: a loose or wet joint, or another telephone that is lifted; try another pair.",
)
_NO_ON_HOOK: Final[Pair] = ("此板卡挂机时不送语音", "this board hears nothing on hook")

WORDS: Final[dict[str, Words]] = {
    "battery": Words(
        title=("馈电", "battery"),
        unit="V",
        source=(
            "交换机 48 V，光猫 24 V；有并机摘机时约 9 V",
            "48 V from an exchange, 24 V from an ONU; a telephone lifted beside leaves about 9 V",
        ),
        low=(
            "无馈电或有并机摘机：检查线缆、配线架和光猫。",
            "no battery, or another telephone is lifted: the cable, the frame, the ONU.",
        ),
        unknown=("此板卡看不到馈电", "this board cannot see battery"),
    ),
    "noiseOnHook": Words(
        title=("挂机杂音", "noise on hook"),
        unit="dBm0",
        source=_NOISE_SOURCE,
        high=_NOISE_HIGH,
        unknown=_NO_ON_HOOK,
    ),
    "hum50": Words(
        title=("50 Hz 哼声", "hum 50 Hz"), unit="dBm0", source=_HUM_SOURCE, high=_HUM_HIGH, unknown=_NO_ON_HOOK
    ),
    "hum100": Words(
        title=("100 Hz 哼声", "hum 100 Hz"), unit="dBm0", source=_HUM_SOURCE, high=_HUM_HIGH, unknown=_NO_ON_HOOK
    ),
    "hum150": Words(
        title=("150 Hz 哼声", "hum 150 Hz"), unit="dBm0", source=_HUM_SOURCE, high=_HUM_HIGH, unknown=_NO_ON_HOOK
    ),
    "offHook": Words(
        title=("摘机", "off hook"),
        source=("板卡自报", "as the board tells"),
        low=(
            "板卡没有闭合回路：模块或信令配置有误。",
            "the board did not close the loop: its module, or its signalling.",
        ),
        unknown=("此板卡不报告摘挂机", "this board does not tell"),
    ),
    "dialToneDelay": Words(
        title=("拨号音等待", "dial tone after"),
        unit="s",
        source=("本线路设置 dial_tone_wait_s", "this line's setting dial_tone_wait_s"),
        high=(
            "没有拨号音：线缆，或交换机需要多于 {high}。",
            "no dial tone: the cable, or the exchange wants more than {high}.",
        ),
        unknown=("整号发送的线路没有拨号音", "a port that sends whole numbers has no dial tone"),
    ),
    "dialToneHz": Words(
        title=("拨号音频率", "dial tone frequency"),
        unit="Hz",
        source=("本机音信号方案", "the tone plan"),
        low=("不是方案中的拨号音：用 cti teach-tone 学习。", "not the plan's dial tone: teach it with cti teach-tone."),
        high=(
            "不是方案中的拨号音：用 cti teach-tone 学习。",
            "not the plan's dial tone: teach it with cti teach-tone.",
        ),
    ),
    "dialToneLevel": Words(
        title=("拨号音电平", "dial tone level"),
        unit="dBm0",
        source=(
            "GB/T 3380：−10 ± 3，线路衰减至多 12 dB",
            "GB/T 3380: -10 ± 3, less at most 12 dB on the loop",
        ),
        low=(
            "太弱：线路过长或接触不良；提高接收增益。",
            "too faint: a long loop or a bad joint; raise the receive gain.",
        ),
        high=("太强：降低接收增益。", "too loud: lower the receive gain."),
    ),
    "dialToneOn": Words(
        title=("拨号音连续性", "dial tone continuity"),
        unit="%",
        source=(
            "拨号音 100%，特种拨号音 91%，忙音 50%（GB/T 3380）",
            "dial tone 100 %, special dial tone 91 %, busy tone 50 % (GB/T 3380)",
        ),
        low=(
            "摘机即听到断续音：线路被停机或限制呼出，请询问运营商。",
            "a broken tone instead of dial tone: the line is barred or unpaid; ask the carrier.",
        ),
    ),
    "toneBroken": Words(
        title=("按键后拨号音停", "dial tone stops after the digit"),
        source=("估计：交换机在 1.5 秒内应答按键", "assumed: an exchange takes a digit within 1.5 s"),
        low=(
            "拨号音没有停：交换机不收双音频，试用脉冲拨号（pulse）。",
            "the dial tone goes on: the exchange takes no tones; try pulse dialling (pulse).",
        ),
        unknown=("没有拨号音", "there was no dial tone"),
    ),
    "noise": Words(
        title=("摘机杂音", "noise off hook"),
        unit="dBm0",
        source=_NOISE_SOURCE,
        high=_NOISE_HIGH,
        unknown=("线路上一直有声音", "the line was never quiet"),
    ),
    "returnLoss": Words(
        title=("回波损耗", "return loss of our own digit"),
        unit="dB",
        source=(
            "二线混合线圈 6～20 dB；ITU-T G.168 要求至少 6 dB",
            "hybrids of 2-wire lines have 6 to 20 dB; ITU-T G.168 asks for 6",
        ),
        low=(
            "自己的声音返回太强：设置线路阻抗（opermode=CHINA），降低发送增益。",
            "we come back too loud: set the line's impedance (opermode=CHINA), lower the transmit gain.",
        ),
        unknown=("没有测到自发的按键", "our own digit was not sent"),
    ),
    "echoDelay": Words(
        title=("回波时延", "delay of our echo"),
        unit="ms",
        source=("回波抵消器的覆盖范围", "the reach of the echo canceller"),
        high=(
            "回波太迟，抵消器够不到：缩短网关的抖动缓冲。",
            "later than the canceller reaches: shorten the gateway's jitter buffer.",
        ),
    ),
    "echoLowHz": Words(
        title=("按键低频", "low tone of the digit"),
        unit="Hz",
        source=("ITU-T Q.23：± 1.5 %", "ITU-T Q.23: ± 1.5 %"),
        low=("采样率不对：检查板卡时钟。", "the sample rate is off: the board's clock."),
        high=("采样率不对：检查板卡时钟。", "the sample rate is off: the board's clock."),
    ),
    "echoHighHz": Words(
        title=("按键高频", "high tone of the digit"),
        unit="Hz",
        source=("ITU-T Q.23：± 1.5 %", "ITU-T Q.23: ± 1.5 %"),
        low=("采样率不对：检查板卡时钟。", "the sample rate is off: the board's clock."),
        high=("采样率不对：检查板卡时钟。", "the sample rate is off: the board's clock."),
    ),
    "echoTwist": Words(
        title=("按键双频差（高减低）", "twist of the digit, high minus low"),
        unit="dB",
        source=("GB/T 3378：两频相差至多 6 dB", "GB/T 3378: the two tones differ by 6 dB at most"),
        low=("线路高频衰减大：过长，或有加感线圈。", "the line loses high tones: too long, or loaded."),
        high=(
            "线路低频衰减大：耦合电容或阻抗设置不当。",
            "the line loses low tones: a coupling capacitor, or its impedance.",
        ),
    ),
    "digitRead": Words(
        title=("识别出的按键", "digit read by the detectors"),
        source=("应为发送的按键", "the digit that was sent"),
        low=(
            "检测器没有读出返回的按键：看杂音和失真。",
            "the detectors did not read what came back: noise or distortion.",
        ),
        unknown=("返回太弱，读不出来也正常", "it came back too faint to be read, which is no fault"),
    ),
}

YES: Final[Pair] = ("是", "yes")
NO: Final[Pair] = ("否", "no")
NONE: Final[Pair] = ("无", "none")

SAID: Final[dict[str, Pair]] = {
    "good": ("线路良好。", "The line is good."),
    "bad": ("有 {count} 项不合格。", "{count} of the figures are out of their limits."),
    "unknown": ("没有测到足够的数据。", "Not enough could be measured."),
    "callerCame": ("有来电，测试让位给来电。", "A caller came: the test gave way."),
    "lineLost": ("测试中线路或板卡中断。", "The line or its board failed during the test."),
    "takenAway": ("测试被中止。", "The test was ended by somebody else, or took too long."),
}


def in_language(pair: Pair, language: Language) -> str:
    return pair[0] if language is Language.ZH else pair[1]
