"""Audio that no formula makes: Chinese speech by espeak-ng, made on the fly and kept in a cache folder."""

import itertools
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dsp import wav
from dsp.levels import RATE_HZ, power

CACHE: Final = Path(tempfile.gettempdir()) / "cti-benchmarks"

PLACES: Final = [
    "内科",
    "外科",
    "儿科",
    "妇产科",
    "眼科",
    "口腔科",
    "皮肤科",
    "骨科",
    "心内科",
    "神经科",
    "呼吸科",
    "消化科",
    "急诊",
    "放射科",
    "检验科",
    "药房",
    "住院部",
]
TIMES: Final = [
    "周一上午",
    "周二下午",
    "周三上午",
    "周四下午",
    "周五全天",
    "今天晚上",
    "明天早上八点半",
    "后天下午三点",
]
PHRASES: Final = (
    "您好，欢迎致电市第一人民医院，请直接拨分机号码，查号请按零。",
    "我想挂{place}的专家号，{time}还有没有号？",
    "请问{place}在几楼？我从门诊大楼进去怎么走？",
    "医生，我从{time}开始一直发烧咳嗽，嗓子也疼得厉害。",
    "预约成功，请您于{time}到{place}就诊，并携带身份证和医保卡。",
    "对不起，{place}{time}的号源已满，请您选择其他时间，重听请按星号键。",
    "喂，喂，听得见吗？我这边信号不太好，您再说一遍好吗？",
    "我的电话是一三九二六零六六三八九，姓欧阳，住在解放路一百二十五号。",
    "检查报告还没有出来，一般需要两到三个工作日，{time}再打过来问。",
    "您前面还有六位来电者在等候，请不要挂机，{place}的话务员将尽快为您服务。",
    "啊，好的好的，嗯，那我{time}带孩子过去，谢谢您啊，再见。",
    "投诉建议请按三，人工服务请按零，返回上一级菜单请按井号键。",
)
VOICES: Final = tuple(
    (variant, pitch, speed)
    for variant, pitch in (("", 50), ("+f2", 55), ("+m3", 35), ("+f4", 70), ("+m1", 45), ("+f5", 85), ("+m7", 25))
    for speed in (150, 180, 210)
)


def sentences() -> Iterator[str]:
    """For ever, no two alike for a while."""
    pairs = itertools.cycle(itertools.product(PLACES, TIMES))
    for (place, time), phrase in zip(pairs, itertools.cycle(PHRASES), strict=False):
        yield phrase.format(place=place, time=time)


def chinese(seconds: float, folder: Path = CACHE, *, level_dbm0: float = -16.0) -> NDArray[np.int16]:
    """(n,) of about so many seconds, voices and speeds alternate; scaled to a mean level."""
    if shutil.which("espeak-ng") is None:
        sys.exit("espeak-ng is not there: the benchmarks need speech. On Debian: apt-get install espeak-ng")
    folder.mkdir(parents=True, exist_ok=True)
    parts: list[NDArray[np.int16]] = []
    have = 0
    texts = sentences()
    for number, (variant, pitch, speed) in enumerate(itertools.cycle(VOICES)):
        if have >= seconds * RATE_HZ:
            break
        text = "".join(itertools.islice(texts, 8))
        file = folder / f"cmn{variant}-{pitch}-{speed}-{number}.wav"
        if not file.exists():
            half = file.with_suffix(".part")
            words = ["espeak-ng", "-v", f"cmn{variant}", "-p", str(pitch), "-s", str(speed), "-w", str(half), text]
            subprocess.run(words, check=True, capture_output=True)
            half.rename(file)
        parts.append(wav.read(file).samples)
        have += len(parts[-1])
    return scaled(np.concatenate(parts)[: round(seconds * RATE_HZ)], level_dbm0)


def scaled(wave: NDArray[np.int16], level_dbm0: float) -> NDArray[np.int16]:
    """To a mean level, saturating."""
    mean = float((wave.astype(np.float64) ** 2).mean()) or 1.0
    return np.clip(np.rint(wave * np.sqrt(power(level_dbm0) / mean)), -32768, 32767).astype(np.int16)


def talk(random: np.random.Generator, shape: tuple[int, int], level_dbm0: float) -> NDArray[np.int16]:
    """(trials, samples) of speech, each row from another place."""
    voice = _voice()
    rows = np.empty(shape, np.int16)
    for row in rows:
        at = int(random.integers(len(voice) - shape[1]))
        row[:] = voice[at : at + shape[1]]
    return (rows * np.sqrt(power(level_dbm0) / power(-16))).astype(np.int16)


@cache
def _voice() -> NDArray[np.int16]:
    return chinese(120, level_dbm0=-16)
