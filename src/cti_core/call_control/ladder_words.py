"""What stands on the arrows of a ladder, in English and Chinese. A hop without words is not drawn (the journal has it)."""

from dataclasses import dataclass

from cti_core.call_control import actions as do
from cti_core.call_control import cas_words, csta, csta_calling, dialogue, events, in_talk, notes
from cti_core.call_control.actions import Language
from cti_core.call_control.trace import PartyKind


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence in both languages; `{name}` are fields of what is said, `{extra}` what the drawer adds."""

    en: str
    zh: str


COLUMNS = {
    PartyKind.CALLER: Words("caller", "主叫"),
    PartyKind.LINE: Words("line", "线路"),
    PartyKind.CALL: Words("call", "呼叫"),
    PartyKind.DIALOGUE: Words("dialogue", "语音导航"),
    PartyKind.QUEUE: Words("queue", "队列"),
    PartyKind.AGENT: Words("agent", "座席"),
    PartyKind.EXTENSION: Words("extension", "分机"),
    PartyKind.TELEPHONE: Words("telephone", "话机"),
    PartyKind.RECORDER: Words("recorder", "录音"),
    PartyKind.SERVICE: Words("service", "服务"),
    PartyKind.HOUSE: Words("house", "系统"),
    PartyKind.API: Words("api", "接口"),
}

WORDS: dict[type, Words] = {
    events.RingHeard: Words("ring", "振铃"),
    events.CallerIdHeard: Words("id {number}{absence}", "号码 {number}{absence}"),
    events.DigitHeard: Words("digit {digit}", "按键 {digit}"),
    events.ToneHeard: Words("{tone} tone", "{tone}"),
    events.ToneEnded: Words("{tone} tone ended", "{tone}停止"),
    events.VoiceHeard: Words("voice", "有人说话"),
    events.AnswerHeard: Words("answered", "对方应答"),
    events.DialFinished: Words("dialled", "拨号完毕"),
    events.HandsetLifted: Words("lifted", "摘机"),
    events.HandsetReplaced: Words("replaced", "挂机"),
    events.FlashHeard: Words("flash", "拍叉簧"),
    events.ExtensionFailed: Words("telephone failed: {reason}", "话机故障: {reason}"),
    events.ExtensionRestored: Words("telephone restored", "话机恢复"),
    events.TestLine: Words("TestLine by {by}", "测试线路 {by}"),
    events.EndLineTest: Words("EndLineTest by {by}", "结束测试 {by}"),
    events.MakeCall: Words("MakeCall {number} by {agent}", "外呼 {number} {agent}"),
    events.LoopDropped: Words("loop dropped", "断环"),
    events.PolarityReversed: Words("polarity reversed", "反极"),
    events.LineFailed: Words("line failed: {reason}", "线路故障: {reason}"),
    events.LineRestored: Words("line restored", "线路恢复"),
    events.PromptFinished: Words("prompt finished", "播放完毕"),
    events.ServiceAnswered: Words("answer {outcome}", "答复 {outcome}"),
    events.ServiceFailed: Words("failed: {reason}", "失败: {reason}"),
    events.RecordingClosed: Words("closed", "已保存"),
    events.RecordingFailed: Words("losing audio: {reason}", "录音丢失: {reason}"),
    events.AgentLost: Words("desktop lost", "座席断线"),
    events.AgentReturned: Words("desktop back", "座席恢复"),
    events.LogOn: Words("log on", "签入"),
    events.LogOff: Words("log off", "签出"),
    events.SetReady: Words("ready", "就绪"),
    events.SetNotReady: Words("not ready {reason}", "示忙 {reason}"),
    events.FinishWrapUp: Words("finish wrap-up", "结束话后"),
    events.AnswerCall: Words("AnswerCall by {agent}", "应答 {agent}"),
    events.RejectCall: Words("RejectCall by {agent}", "拒接 {agent}"),
    events.HoldCall: Words("HoldCall by {agent}", "保持 {agent}"),
    events.RetrieveCall: Words("RetrieveCall by {agent}", "取回 {agent}"),
    events.ClearConnection: Words("ClearConnection by {agent}", "挂断 {agent}"),
    events.ClearCall: Words("ClearCall by {by}", "强拆 {by}"),
    events.SetCallData: Words("SetCallData by {by}", "随路数据 {by}"),
    events.SetLineService: Words("SetLineService {in_service} by {by}", "线路启停 {in_service} {by}"),
    in_talk.GenerateDigits: Words("GenerateDigits {digits} by {agent}", "发送按键 {digits} {agent}"),
    in_talk.FlashCall: Words("FlashCall by {agent}", "拍叉簧 {agent}"),
    in_talk.PhoneKeyHeard: Words("key {key}", "按键 {key}"),
    in_talk.PhoneKeyed: Words("key {key}", "按键 {key}"),
    in_talk.AgentKeyed: Words("key {key}", "按键 {key}"),
    in_talk.Flash: Words("flash", "拍叉簧"),
    in_talk.SendDigits: Words("send {digits}", "发送按键 {digits}"),
    in_talk.FlashLine: Words("flash {length_ms} ms", "拍叉簧 {length_ms} 毫秒"),
    do.GoOffHook: Words("off-hook", "摘机"),
    do.GoOnHook: Words("on-hook", "挂机"),
    do.DialDigits: Words("dial {number}", "拨号 {number}"),
    do.RingExtension: Words("ring", "振铃"),
    do.StopRinging: Words("stop ringing", "停振"),
    do.ReleaseExtension: Words("call over", "通话结束"),
    do.PlayTone: Words("{tone} tone", "{tone}"),
    do.StopTone: Words("no tone", "停音"),
    do.PlayPrompt: Words("play {items}", "播放 {items}"),
    do.PlayMusic: Words("music", "音乐"),
    do.StopPlaying: Words("stop playing", "停播"),
    do.Connect: Words("hears {source}", "接听 {source}"),
    do.Disconnect: Words("hears {source} no more", "断开 {source}"),
    do.StartRecording: Words("start", "开始"),
    do.PauseRecording: Words("pause", "暂停"),
    do.ResumeRecording: Words("resume", "继续"),
    do.StopRecording: Words("stop", "停止"),
    do.AskService: Words("ask {service} {request}", "询问 {service} {request}"),
    cas_words.CasHeard: Words("bits {bits:04b}", "线路信号 {bits:04b}"),
    cas_words.SignalHeard: Words("{signal}", "记发器信号 {signal}"),
    cas_words.CalledHeard: Words("called {number}", "被叫 {number}"),
    cas_words.SetCas: Words("bits {bits:04b}", "线路信号 {bits:04b}"),
    cas_words.SendSignal: Words("{signal}", "记发器信号 {signal}"),
    notes.LineRang: Words("rings", "来话"),
    notes.LineAnswered: Words("answered", "已应答"),
    notes.LineCleared: Words("cleared", "已释放"),
    notes.ReleaseLine: Words("release", "释放"),
    notes.ReserveLine: Words("reserve", "预占"),
    notes.SeizeLine: Words("seize", "占线"),
    notes.LineSeized: Words("seized", "已占线"),
    notes.LineDialled: Words("dialled", "已拨号"),
    notes.LineAlerting: Words("ringback", "对方振铃"),
    notes.LineLost: Words("lost: {reason}", "占线失败: {reason}"),
    notes.HuntLine: Words("another line", "另选线路"),
    notes.LineFound: Words("line {line}", "线路 {line}"),
    notes.NoLineFree: Words("no line free", "无空闲线路"),
    notes.PlaceCall: Words("your call", "外呼"),
    notes.AgentLifted: Words("is there", "已就位"),
    notes.AgentReplaced: Words("put down", "已挂机"),
    notes.AgentFlashed: Words("flash", "拍叉簧"),
    notes.RecallAgent: Words("somebody is on hold", "仍有保持的来话"),
    notes.RingPhone: Words("ring", "振铃"),
    notes.TakePhone: Words("take it", "接通话机"),
    notes.FreePhone: Words("free", "释放话机"),
    notes.PhoneLifted: Words("lifted", "已摘机"),
    notes.PhoneReplaced: Words("replaced", "已挂机"),
    notes.PhoneFlashed: Words("flash", "拍叉簧"),
    notes.PhoneNotLifted: Words("nobody lifted", "无人摘机"),
    notes.PhoneLost: Words("telephone lost", "话机失联"),
    notes.PhoneBack: Words("telephone back", "话机恢复"),
    notes.JoinQueue: Words("join", "排队"),
    notes.LeaveQueue: Words("leave", "离队"),
    notes.PlaceTold: Words("place {place}", "第 {place} 位"),
    notes.QueueRefused: Words("refused {cause}", "拒绝 {cause}"),
    notes.AgentFound: Words("agent {agent}", "座席 {agent}"),
    notes.OfferCall: Words("offer", "振铃"),
    notes.OfferWithdrawn: Words("withdraw", "撤回"),
    notes.CallEnded: Words("ended", "通话结束"),
    notes.OfferAnswered: Words("answered", "已应答"),
    notes.OfferRefused: Words("refused {cause}", "未接 {cause}"),
    notes.AgentAway: Words("device lost", "断线"),
    notes.AgentBack: Words("device back", "恢复"),
    notes.AgentVanished: Words("vanished", "失联"),
    notes.RecordCall: Words("record", "录音"),
    notes.SecretBegan: Words("secret begins", "保密开始"),
    notes.SecretEnded: Words("secret ends", "保密结束"),
    notes.EndRecord: Words("end", "结束"),
    notes.DeadlinePassed: Words("time-out", "超时"),
    notes.Disregarded: Words("{event} disregarded: {state}", "忽略 {event}: {state}"),
    dialogue.Began: Words("start", "开始"),
    dialogue.Returned: Words("return {cause}", "返回 {cause}"),
    dialogue.Transfer: Words("to {queue}", "转 {queue}"),
    dialogue.HangUp: Words("hang up", "结束"),
    dialogue.Entered: Words("at {node}", "到 {node}"),
    dialogue.DroppedKey: Words("key {digit} dropped: {reason}", "按键 {digit} 无效: {reason}"),
}

TONES_ZH = {  # GB/T 3380
    events.Tone.DIAL: "拨号音",
    events.Tone.SPECIAL_DIAL: "特种拨号音",
    events.Tone.RINGBACK: "回铃音",
    events.Tone.BUSY: "忙音",
    events.Tone.CONGESTION: "拥塞音",
    events.Tone.VACANT: "空号音",
    events.Tone.CALL_WAITING: "呼叫等待音",
    events.Tone.TOLL_NOTICE: "长途通知音",
    events.Tone.HOWLER: "催挂音",
    events.Tone.SILENCE: "无音",
}

# Reports are drawn by their wire name and these fields; None: not drawn, another row says the same.
REPORTS: dict[type, str | None] = {
    csta.LineStateChanged: None,
    csta.Digits: None,
    csta.FlowStep: None,
    csta.Offered: "offered",
    csta.CallerIdReceived: "callerIdReceived",
    csta.ExtensionStateChanged: None,
    csta_calling.ServiceInitiated: "serviceInitiated {called}",
    csta_calling.Originated: "originated {device}",
    csta_calling.NetworkReached: "networkReached {device}",
    csta_calling.FarEndAlerting: "farEndAlerting",
    csta_calling.LineHunted: "lineHunted {line} {reason}",
    csta_calling.DigitsGenerated: "digitsGenerated {digits}",
    csta_calling.Flashed: "flashed",
    csta.Established: "established {device}",
    csta.Queued: "queued {queue} {place}",
    csta.PlaceChanged: "placeChanged {place}",
    csta.Routed: "routed {agent}",
    csta.Delivered: "delivered {agent}",
    csta.Diverted: "diverted {cause}",
    csta.Held: "held",
    csta.Retrieved: "retrieved",
    csta.Failed: "failed {device}",
    csta.DataChanged: "dataChanged",
    csta.ConnectionCleared: "connectionCleared {device} {cause}",
    csta.Cleared: "cleared {cause}",
    csta.AgentLoggedOn: "agent.loggedOn",
    csta.AgentChanged: "agent.{state} {reason}",
    csta.RecordingStarted: "recording.started",
    csta.RecordingPaused: "recording.paused",
    csta.RecordingResumed: "recording.resumed",
    csta.RecordingReady: "recording.ready",
    csta.RecordingLost: "recording.lost {reason}",
    csta.AlarmRaised: "alarm {alarm}",
    csta.AlarmCleared: "alarm {alarm} cleared",
    csta.ConfigApplied: "configApplied",
}


def words(what: object, language: Language, *, evidence: bool) -> str:
    """The text of an arrow; empty: not drawn. `evidence` adds what was measured: level and twist of keys, lengths."""
    if isinstance(what, do.Tell):
        form = REPORTS[type(what.report)]
        text = "" if form is None else _filled(form, what.report)
        if isinstance(what.report, csta.Established) and what.report.estimated:
            text += " estimated"
        if evidence and isinstance(what.report, csta.RecordingReady):
            text += f" {what.report.seconds:.2f} s"
        return text
    if isinstance(what, events.ToneHeard | do.PlayTone) and language is Language.ZH:
        return TONES_ZH[what.tone]
    pair = WORDS.get(type(what))
    if pair is None:
        return ""
    text = _filled(pair.zh if language is Language.ZH else pair.en, what)
    if evidence and isinstance(what, events.DigitHeard):
        text += f" {what.level_dbm0:+.0f} dBm0 {what.twist_db:+.0f} dB"
    return text


def _filled(form: str, what: object) -> str:
    names = getattr(type(what), "__dataclass_fields__", {})
    return form.format(**{name: _shown(getattr(what, name)) for name in names}).strip()


def _shown(value: object) -> object:
    if isinstance(value, tuple):
        return " ".join(_item(item) for item in value)
    return "" if value is None else value


def _item(item: object) -> str:
    return f"[{item.value}]" if isinstance(item, do.Spoken) else str(item)
