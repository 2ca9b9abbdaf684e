// Each kind of line, member by member: docs/recording.md in code.
using static Growstack.Recording.Vocabulary;

namespace Growstack.Recording;

public sealed partial class RecordingWriter
{
    /// <inheritdoc/>
    public void Write(in StartLine line)
    {
        Begin("start"u8);
        _json.WriteNumber(Vocabulary.Version, line.Version);
        _json.WriteString(Vocabulary.Growstack, line.Growstack);
        _json.WriteString(Time, line.Time.UtcDateTime);
        WriteStrings(Command, line.Command);
        _json.WriteString(Release, line.Release);
        WriteSize(GrowthSize, line.GrowthSize);
        _json.WriteNumber(GuardPages, line.GuardPages);
        _json.WriteNumber(PageSize, line.PageSize);
        _json.WriteStartObject(Vocabulary.Options);
        foreach (var (option, value) in line.Options)
            _json.WriteString(option, value);

        _json.WriteEndObject();
        Finish();
    }

    /// <inheritdoc/>
    public void Write(in ProcessLine line)
    {
        Begin("process"u8, line.At);
        _json.WriteNumber(Pid, line.Pid);
        _json.WriteNumber(Parent, line.Parent);
        WriteStrings(Command, line.Command);
        _json.WriteString(How, Origins[(int)line.How]);
        Finish();
    }

    /// <inheritdoc/>
    public void Write(in ThreadLine line)
    {
        Begin("thread"u8, line.At);
        _json.WriteNumber(Pid, line.Pid);
        _json.WriteNumber(Tid, line.Tid);
        _json.WriteString(Name, line.Name);
        Finish();
    }

    /// <inheritdoc/>
    public void Write(in StackLine line)
    {
        Begin("stack"u8, line.At);
        _json.WriteNumber(Vocabulary.Stack, line.Stack);
        _json.WriteNumber(Pid, line.Pid);
        _json.WriteNumber(Tid, line.Tid);
        _json.WriteString(Kind, Kinds[(int)line.Kind]);
        _json.WriteString(Role, line.Role);
        WriteAddress(Low, line.Low);
        WriteAddress(High, line.High);
        WriteSize(Guard, line.Guard);
        WriteSize(Mapped, line.Mapped);
        WriteSize(Vocabulary.Limit, line.Limit);
        _json.WriteString(LimitFrom, line.LimitFrom);
        Finish();
    }

    /// <inheritdoc/>
    public void Write(in GrowthLine line)
    {
        Begin("growth"u8, line.At);
        _json.WriteNumber(Vocabulary.Stack, line.Stack);
        _json.WriteNumber(Tid, line.Tid);
        WriteAddress(Address, line.Address);
        WriteAddress(From, line.From);
        WriteAddress(To, line.To);
        WriteOptional(Vocabulary.Chain, line.Chain);
        Finish();
    }

    /// <inheritdoc/>
    public void Write(in FrameLine line)
    {
        Begin("frame"u8);
        _json.WriteNumber(Vocabulary.Frame, line.Frame);
        _json.WriteString(Function, line.Function);
        WriteOptional(Module, line.Module);
        WriteOptional(Vocabulary.File, line.File);
        WriteOptional(Line, line.Line);
        Finish();
    }

    /// <inheritdoc/>
    public void Write(in ChainLine line)
    {
        Begin("chain"u8);
        _json.WriteNumber(Vocabulary.Chain, line.Chain);
        WriteNumbers(Frames, line.Frames.Span);
        if (line.More > 0)
            _json.WriteNumber(More, line.More);
        if (!line.Outer.IsEmpty)
            WriteNumbers(Outer, line.Outer.Span);
        if (!line.Sizes.IsEmpty)
            WriteNumbers(Sizes, line.Sizes.Span);
        Finish();
    }

    /// <inheritdoc/>
    public void Write(in LimitLine line)
    {
        Begin("limit"u8, line.At);
        _json.WriteNumber(Pid, line.Pid);
        WriteOptional(Vocabulary.Stack, line.Stack);
        _json.WriteString(What, Resources[(int)line.What]);
        WriteSize(Bytes, line.Bytes);
        Finish();
    }

    /// <inheritdoc/>
    public void Write(in OverflowLine line)
    {
        Begin("overflow"u8, line.At);
        _json.WriteNumber(Vocabulary.Stack, line.Stack);
        _json.WriteNumber(Pid, line.Pid);
        _json.WriteNumber(Tid, line.Tid);
        WriteAddress(Address, line.Address);
        WriteAddress(Instruction, line.Instruction);
        WriteSize(Below, line.Below);
        WriteSize(Vocabulary.Limit, line.Limit);
        _json.WriteString(LimitFrom, line.LimitFrom);
        WriteOptional(Vocabulary.Chain, line.Chain);
        WriteStrings(Explanation, line.Explanation);
        Finish();
    }

    /// <inheritdoc/>
    public void Write(in PeakLine line)
    {
        Begin("peak"u8, line.At);
        _json.WriteNumber(Vocabulary.Stack, line.Stack);
        _json.WriteNumber(Tid, line.Tid);
        WriteSize(Bytes, line.Bytes);
        _json.WriteNumber(Growths, line.Growths);
        WriteSize(Mapped, line.Mapped);
        Finish();
    }

    /// <inheritdoc/>
    public void Write(in MapLine line)
    {
        Begin("map"u8, line.At);
        _json.WriteNumber(Pid, line.Pid);
        _json.WriteStartArray(Entries);
        foreach (var entry in line.Entries)
        {
            _json.WriteStartObject();
            WriteAddress(Vocabulary.Start, entry.Start);
            WriteAddress(Vocabulary.End, entry.End);
            _json.WriteString(Prot, entry.Protection);
            _json.WriteString(Kind, EntryKinds[(int)entry.Kind]);
            _json.WriteString(Name, entry.Name);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        Finish();
    }

    /// <inheritdoc/>
    public void Write(in ExitLine line)
    {
        Begin("exit"u8, line.At);
        _json.WriteNumber(Pid, line.Pid);
        WriteOptional(Status, line.Status);
        WriteOptional(Signal, line.Signal);
        Finish();
    }

    /// <inheritdoc/>
    public void Write(in EndLine line)
    {
        Begin("end"u8, line.At);
        _json.WriteNumber(ExitCode, line.ExitCode);
        Finish();
    }
}
