// Puts the lines of a recording together.
namespace Growstack.Recording;

/// <summary>A sink that builds a <see cref="RecordedRun"/>.</summary>
internal sealed class RunBuilder(string name) : IRecordingSink
{
    private readonly RecordedRun _run = new(name);
    private readonly Dictionary<int, RecordedProcess> _processes = [];
    private readonly Dictionary<int, RecordedStack> _stacks = [];
    private readonly Dictionary<(int Pid, int Tid), RecordedStack> _byThread = [];
    private readonly Dictionary<(int Pid, int Tid), string> _names = [];

    public RecordedRun Finish(RecordingReadResult reading)
    {
        _run.Reading = reading;
        return _run;
    }

    public void Write(in StartLine line) => _run.Start = line;

    public void Write(in ProcessLine line)
    {
        Reach(line.At);
        if (_processes.TryGetValue(line.Pid, out var before))
            before.EndedAt ??= line.At;

        Add(line);
    }

    public void Write(in ThreadLine line)
    {
        Reach(line.At);
        _names[(line.Pid, line.Tid)] = line.Name;

        // A thread renames itself after its stack was announced; stacks that have ended keep the name they had.
        if (_byThread.TryGetValue((line.Pid, line.Tid), out var stack) && stack.EndedAt is null)
            stack.ThreadName = line.Name;
    }

    public void Write(in StackLine line)
    {
        Reach(line.At);
        if (!_processes.TryGetValue(line.Pid, out var process))
            process = Add(new ProcessLine(line.At, line.Pid, 0, [], ProcessOrigin.Start));

        var stack = new RecordedStack(line, process, _names.GetValueOrDefault((line.Pid, line.Tid), ""));
        _stacks[line.Stack] = stack;
        _byThread[(line.Pid, line.Tid)] = stack;
        _run.StackList.Add(stack);
    }

    public void Write(in GrowthLine line)
    {
        Reach(line.At);
        if (!TryFind(line.Stack, out var stack))
            return;

        stack.GrowthList.Add(line);
        stack.Mapped = Math.Max(stack.Mapped, Depth(stack, line.To));
        _run.GrowthCount++;
        _run.GrownBytes += line.Bytes;
    }

    public void Write(in FrameLine line) => _run.FrameTable[line.Frame] = line;

    public void Write(in ChainLine line) => _run.ChainLines[line.Chain] = line;

    public void Write(in LimitLine line)
    {
        Reach(line.At);
        _run.LimitList.Add(line);
        if (line.What != LimitedResource.Stack)
            return;

        foreach (var stack in _run.StackList)
        {
            var concerned = line.Stack is { } one ? stack.Line.Stack == one : stack.Line.Pid == line.Pid && stack.Line.Kind == StackKind.Main;
            if (!concerned || stack.EndedAt is not null)
                continue;

            stack.Limit = line.Bytes;
            stack.LimitChangeList.Add((line.At, line.Bytes));
        }
    }

    public void Write(in OverflowLine line)
    {
        Reach(line.At);
        if (TryFind(line.Stack, out var stack))
            stack.Overflow ??= line;
    }

    public void Write(in PeakLine line)
    {
        Reach(line.At);
        if (!TryFind(line.Stack, out var stack))
            return;

        stack.Peak = line;
        stack.Mapped = Math.Max(stack.Mapped, line.Mapped);
    }

    public void Write(in MapLine line)
    {
        Reach(line.At);
        if (_processes.TryGetValue(line.Pid, out var process))
            process.Map = line;
    }

    public void Write(in ExitLine line)
    {
        Reach(line.At);
        if (!_processes.TryGetValue(line.Pid, out var process))
            return;

        process.Exit = line;
        process.EndedAt = line.At;
    }

    public void Write(in EndLine line)
    {
        Reach(line.At);
        _run.End = line;
    }

    private static ulong Depth(RecordedStack stack, ulong address) => address < stack.Line.High ? stack.Line.High - address : 0;

    private RecordedProcess Add(in ProcessLine line)
    {
        var process = new RecordedProcess(line, _run.ProcessList.Count);
        _run.ProcessList.Add(process);
        _processes[line.Pid] = process;
        return process;
    }

    private bool TryFind(int id, out RecordedStack stack)
    {
        if (_stacks.TryGetValue(id, out stack!))
            return true;

        _run.Orphans++;
        return false;
    }

    private void Reach(long at) => _run.Duration = Math.Max(_run.Duration, at);
}
