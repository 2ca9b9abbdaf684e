// A stack overflow in words: who, where, how it got there, and what to do.
using System.Globalization;
using Growstack.Linux.Symbols;

namespace Growstack.Linux.Explaining;

/// <summary>Explains stack overflows to people, in plain lines without colours.</summary>
public static class OverflowExplanation
{
    private const int MostLargestFrames = 3;
    private const ulong NoteworthyFrame = 512;

    /// <summary>Explains one overflow. The first line is a heading; those after it are indented.</summary>
    /// <param name="overflow">What happened.</param>
    /// <param name="command">The short name of the process.</param>
    /// <param name="used">What the stack used in the end, where it is known and more than at this time.</param>
    public static IReadOnlyList<string> Lines(in StackOverflow overflow, string command, ulong used = 0)
    {
        var lines = new List<string> { $"{(overflow.LetThrough ? "stack beyond its limit" : "stack overflow")} in {command} ({overflow.Pid}), {Thread(overflow)}{(ThreadRole.Of(overflow.Scene) is { } role ? ", " + role : "")}" };
        var scene = overflow.Scene;
        lines.Add($"  Limit: {Figures.Bytes(overflow.Limit)}, {Origin(scene?.LimitOrigin)}");
        lines.Add($"  Fault: {Access(overflow)}");
        if (scene is null)
            return lines;
        var parts = scene.Chain is null ? [] : ChainText.Parts(scene.Chain);
        var cause = OverflowCause.Of(overflow, parts, used);
        if (cause.Text is { } text)
            lines.Add($"  Cause: {text}");
        AddCalls(lines, overflow, scene, parts);
        lines.Add("");
        lines.Add("  What to do");
        foreach (string remedy in OverflowRemedy.For(scene, cause))
            lines.Add($"    - {remedy}");
        return lines;
    }

    /// <summary>What became of the program afterwards, as one sentence.</summary>
    /// <param name="process">The process, at its end.</param>
    /// <param name="overflow">One of its overflows.</param>
    public static string Outcome(ProcessReport process, in StackOverflow overflow)
    {
        ArgumentNullException.ThrowIfNull(process);
        if (overflow.LetThrough)
            return Need(process, overflow);
        if (overflow.Fatal)
            return overflow.Scene is { HasHandler: true } ? "Its handler for SIGSEGV was called; then SIGSEGV ended the process." : "SIGSEGV ended the process.";
        string handler = overflow.Scene is { HasHandler: false } ? "SIGSEGV was delivered" : "Its handler for SIGSEGV was called";
        return process.End switch
        {
            ImageEnd.Exited => string.Create(CultureInfo.InvariantCulture, $"{handler}; the program went on and ended with status {process.ExitStatus}."),
            ImageEnd.Signaled => $"{handler}; then {SignalNames.Of(process.Signal)} ended the process.",
            ImageEnd.Replaced => $"{handler}; the process went on as another program.",
            _ => $"{handler}; the program went on.",
        };
    }

    /// <summary>What the stack of an overflow used in the end; 0 when it is not known.</summary>
    /// <param name="process">The process, at its end.</param>
    /// <param name="overflow">One of its overflows.</param>
    public static ulong Used(ProcessReport process, in StackOverflow overflow)
    {
        ArgumentNullException.ThrowIfNull(process);
        var (tid, start) = (overflow.ThreadId, overflow.Stack);
        return process.Stacks.FirstOrDefault(stack => stack.Start == start && stack.ThreadId == tid)?.PeakBytes ?? 0;
    }

    /// <summary>What a stack that was let through would have needed, as one sentence.</summary>
    private static string Need(ProcessReport process, in StackOverflow overflow)
    {
        var (tid, start) = (overflow.ThreadId, overflow.Stack);
        if (process.Overflows.Any(other => !other.LetThrough && other.ThreadId == tid && other.Stack == start))
            return $"{Thread(overflow)} used up its reserve too: it looks endless.";
        return $"{Thread(overflow)} needs {Figures.Bytes(Math.Max(Used(process, overflow), overflow.Limit + overflow.BytesBelowLimit))}, has {Figures.Bytes(overflow.Limit)}.";
    }

    /// <summary>In words, where a limit comes from.</summary>
    public static string Origin(LimitOrigin? origin) => origin switch
    {
        LimitOrigin.ResourceLimit => "the soft RLIMIT_STACK (ulimit -s)",
        LimitOrigin.Option => "the limit that --stack set",
        LimitOrigin.Neighbour => "all the room there is above the next mapping, though RLIMIT_STACK would allow more",
        LimitOrigin.GlibcDefault => "glibc's default for threads, taken from RLIMIT_STACK (ulimit -s)",
        LimitOrigin.MuslDefault => "musl's default for threads",
        LimitOrigin.ThreadOption => "the size that --thread-stack, or --as, gives to threads",
        LimitOrigin.Attribute => "as its creator asked (pthread_attr_setstacksize, or a runtime)",
        LimitOrigin.Java => "-Xss or the JVM's default, less the JVM's guard zones",
        LimitOrigin.Program => "in memory that the program mapped itself",
        _ => "its limit",
    };

    private static string Thread(in StackOverflow overflow) =>
        overflow.ThreadId == overflow.Pid ? "main thread" : $"thread '{overflow.ThreadName}' ({overflow.ThreadId})";

    private static string Access(in StackOverflow overflow)
    {
        var frame = overflow.Scene?.Instruction;
        string instruction = frame switch
        {
            null => $"the instruction at 0x{overflow.InstructionPointer:x}",
            { Function: not null } => $"{ChainText.Name(frame)}+0x{frame.Offset:x} ({ChainText.Where(frame)})",
            { Module: null } => $"the instruction at 0x{frame.Address:x} ({ChainText.Where(frame)})",
            _ => $"{frame.Label}",
        };
        string where = overflow.BytesBelowLimit > 0
            ? $"{Figures.Bytes(overflow.BytesBelowLimit)} below the limit"
            : $"above the limit, but the map answered {overflow.Reason}";
        return $"{instruction} touched 0x{overflow.FaultAddress:x}, {where}";
    }

    private static void AddCalls(List<string> lines, in StackOverflow overflow, OverflowScene scene, IReadOnlyList<ShownPart> parts)
    {
        lines.Add("");
        if (scene.Chain is not { } chain)
        {
            lines.Add($"  Registers: rip 0x{overflow.InstructionPointer:x}, rsp 0x{overflow.StackPointer:x}, rbp 0x{scene.FramePointer:x}");
            if (scene.ChainMissing is { } missing)
                lines.Add($"  No call chain: {missing}.");
            if (scene.ReturnAddresses.Count > 0)
                lines.Add("  Return addresses on the stack, each once, the innermost first; some may be left from calls that are over:");
            lines.AddRange(ChainText.Lines(scene.ReturnAddresses).Select(line => "    " + line));
            return;
        }

        if (chain is { End: CallChainEnd.Lost, FrameCount: 1 })
        {
            lines.Add(scene.Instruction.Module is null
                ? "  No call chain: this code was made at run time, and says nothing of how to get to its caller."
                : "  No call chain: nothing says how to get from here to the caller.");
            return;
        }

        lines.Add($"  {(chain.Estimate is null ? "" : "About ")}{Figures.Count(chain.FrameCount)} calls, the innermost first");
        lines.AddRange(ChainText.Lines(parts).Select(line => "    " + line));
        if (chain.End == CallChainEnd.Lost)
            lines.Add("    (what called this could not be found)");
        else if (chain.End is CallChainEnd.TimeLimit or CallChainEnd.FrameLimit)
            lines.Add("    (the rest was not followed)");
        var large = chain.LargestFrames.Where(f => f.Largest >= NoteworthyFrame).Take(MostLargestFrames).ToList();
        if (large.Count > 0)
            lines.Add("  Largest frames: " + string.Join(", ", large.Select(f => $"{ChainText.Name(f)} {Figures.Bytes(f.Largest)}")));
        if (chain.StrippedModules.Count > 0)
            lines.Add("  Without names for their functions (stripped): " + string.Join(", ", chain.StrippedModules));
    }
}
