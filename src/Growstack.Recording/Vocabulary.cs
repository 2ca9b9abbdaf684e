// The words and member names of the format, encoded once.
using System.Text.Json;

namespace Growstack.Recording;

/// <summary>Member names, and the words that stand for the values of enumerations.</summary>
internal static class Vocabulary
{
    public static readonly JsonEncodedText T = Text("t"), Version = Text("version"), Growstack = Text("growstack"), Time = Text("time"),
        Command = Text("command"), Release = Text("release"), GrowthSize = Text("sgrowsiz"), GuardPages = Text("guardPages"),
        PageSize = Text("pageSize"), Options = Text("options"), At = Text("at"), Pid = Text("pid"), Parent = Text("parent"), How = Text("how"),
        Tid = Text("tid"), Name = Text("name"), Stack = Text("stack"), Kind = Text("kind"), Role = Text("role"), Low = Text("low"),
        High = Text("high"), Guard = Text("guard"), Mapped = Text("mapped"), Limit = Text("limit"), LimitFrom = Text("limitFrom"),
        Address = Text("address"), From = Text("from"), To = Text("to"), Chain = Text("chain"), Frame = Text("frame"),
        Function = Text("function"), Module = Text("module"), File = Text("file"), Line = Text("line"), Frames = Text("frames"),
        More = Text("more"), Outer = Text("outer"), Sizes = Text("sizes"), What = Text("what"), Bytes = Text("bytes"),
        Instruction = Text("instruction"), Below = Text("below"), Explanation = Text("explanation"), Growths = Text("growths"),
        Entries = Text("entries"), Start = Text("start"), End = Text("end"), Prot = Text("prot"), Status = Text("status"),
        Signal = Text("signal"), ExitCode = Text("exitCode");

    /// <summary>Words of <see cref="ProcessOrigin"/>, <see cref="StackKind"/>, <see cref="LimitedResource"/> and <see cref="MapEntryKind"/>, by value.</summary>
    public static readonly string[] Origins = ["start", "fork", "vfork", "exec"],
        Kinds = ["main", "thread"],
        Resources = ["stack", "vmem", "memlock"],
        EntryKinds = ["stack", "gap", "guard", "anonymous", "file"];

    private static JsonEncodedText Text(string name) => JsonEncodedText.Encode(name);
}
