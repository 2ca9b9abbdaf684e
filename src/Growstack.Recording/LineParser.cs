// Turns one line of a recording into a call of a sink.
using System.Globalization;
using static Growstack.Recording.Vocabulary;

namespace Growstack.Recording;

/// <summary>Knows which members each type of line has.</summary>
internal sealed class LineParser(IRecordingSink sink)
{
    private readonly LineMembers _line = new();
    private readonly LineMembers _entry = new() { Type = "map" };

    /// <summary>Whether the first line has been read.</summary>
    public bool Started { get; private set; }

    /// <summary>Reads one line.</summary>
    /// <returns>False if its type is not known.</returns>
    /// <exception cref="System.Text.Json.JsonException">It is not JSON.</exception>
    /// <exception cref="LineException">It is not as documented.</exception>
    public bool Parse(ReadOnlySpan<byte> json)
    {
        if (!Started && json.StartsWith("\uFEFF"u8))
            json = json[3..];

        if (Started && json.Trim(" \t\r"u8).IsEmpty)
            return true;

        _line.Type = "";
        _line.Index(json);
        if (!_line.Has(json, T))
            throw new LineException(0, Started ? "a line without its type, 't'" : "this is no growstack recording: the first line has no 't'");

        _line.Type = _line.Text(json, T);
        if (!Started && _line.Type != "start")
            throw new LineException(0, "this is no growstack recording: it does not begin with a 'start' line");

        switch (_line.Type)
        {
            case "start": ReadStart(json); return true;
            case "process": ReadProcess(json); return true;
            case "thread": ReadThread(json); return true;
            case "stack": ReadStack(json); return true;
            case "growth": ReadGrowth(json); return true;
            case "frame": ReadFrame(json); return true;
            case "chain": ReadChain(json); return true;
            case "limit": ReadLimit(json); return true;
            case "overflow": ReadOverflow(json); return true;
            case "peak": ReadPeak(json); return true;
            case "map": ReadMap(json); return true;
            case "exit": ReadExit(json); return true;
            case "end": ReadEnd(json); return true;
            default: return false;
        }
    }

    private void ReadStart(ReadOnlySpan<byte> json)
    {
        if (Started)
            throw new LineException(0, "a second 'start' line: were two recordings joined?");

        var version = _line.Number(json, Vocabulary.Version, 1, int.MaxValue);
        if (version > RecordingFormat.Version)
            throw new LineException(0, $"a newer growstack wrote this (format version {version}); this one reads version {RecordingFormat.Version}");

        if (!DateTimeOffset.TryParse(_line.Text(json, Time), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            throw new LineException(0, "'time' is not a time as ISO 8601 writes it");

        Started = true;
        sink.Write(new StartLine(
            (int)version,
            _line.Text(json, Vocabulary.Growstack),
            time.ToUniversalTime(),
            _line.Texts(json, Command),
            _line.Text(json, Release),
            _line.Size(json, GrowthSize),
            (int)_line.Number(json, GuardPages, 0, int.MaxValue),
            (int)_line.Number(json, PageSize, 1, int.MaxValue),
            _line.Map(json, Options)));
    }

    private void ReadProcess(ReadOnlySpan<byte> json) => sink.Write(new ProcessLine(
        ReadAt(json),
        ReadPid(json),
        _line.OptionalNumber(json, Parent, 0) ?? 0,
        _line.Texts(json, Command),
        (ProcessOrigin)_line.Word(json, How, Origins)));

    private void ReadThread(ReadOnlySpan<byte> json) =>
        sink.Write(new ThreadLine(ReadAt(json), ReadPid(json), ReadTid(json), _line.Text(json, Name)));

    private void ReadStack(ReadOnlySpan<byte> json)
    {
        var (low, high) = (_line.Address(json, Low), _line.Address(json, High));
        if (low >= high)
            throw new LineException(0, "a stack whose 'low' is not below its 'high'");

        var (guard, mapped) = (_line.Size(json, Guard), _line.Size(json, Mapped));
        if (guard > high - low || mapped > high - low)
            throw new LineException(0, "a stack with more mapped, or guarded, than it holds");

        sink.Write(new StackLine(
            ReadAt(json),
            ReadStackId(json),
            ReadPid(json),
            ReadTid(json),
            (StackKind)_line.Word(json, Kind, Kinds),
            _line.OptionalText(json, Role) ?? "",
            low,
            high,
            guard,
            mapped,
            _line.Size(json, Vocabulary.Limit, mayBeUnlimited: true),
            _line.OptionalText(json, LimitFrom) ?? ""));
    }

    private void ReadGrowth(ReadOnlySpan<byte> json)
    {
        var (from, to) = (_line.Address(json, From), _line.Address(json, To));
        if (to > from)
            throw new LineException(0, "a growth whose 'to' is above its 'from'");

        sink.Write(new GrowthLine(
            ReadAt(json),
            ReadStackId(json),
            ReadTid(json),
            _line.Address(json, Address),
            from,
            to,
            _line.OptionalNumber(json, Vocabulary.Chain, 0)));
    }

    private void ReadFrame(ReadOnlySpan<byte> json) => sink.Write(new FrameLine(
        (int)_line.Number(json, Vocabulary.Frame, 0, int.MaxValue),
        _line.Text(json, Function),
        _line.OptionalText(json, Module),
        _line.OptionalText(json, Vocabulary.File),
        _line.OptionalNumber(json, Line, 0)));

    private void ReadChain(ReadOnlySpan<byte> json) => sink.Write(new ChainLine(
        (int)_line.Number(json, Vocabulary.Chain, 0, int.MaxValue),
        _line.Numbers<int>(json, Frames),
        _line.Has(json, More) ? _line.Number(json, More, 0, long.MaxValue) : 0,
        _line.Numbers<int>(json, Outer, optional: true),
        _line.Numbers<ulong>(json, Sizes, optional: true)));

    private void ReadLimit(ReadOnlySpan<byte> json) => sink.Write(new LimitLine(
        ReadAt(json),
        ReadPid(json),
        _line.OptionalNumber(json, Vocabulary.Stack, 0),
        (LimitedResource)_line.Word(json, What, Resources),
        _line.Size(json, Bytes, mayBeUnlimited: true)));

    private void ReadOverflow(ReadOnlySpan<byte> json) => sink.Write(new OverflowLine(
        ReadAt(json),
        ReadStackId(json),
        ReadPid(json),
        ReadTid(json),
        _line.Address(json, Address),
        _line.Address(json, Instruction),
        _line.Size(json, Below),
        _line.Size(json, Vocabulary.Limit, mayBeUnlimited: true),
        _line.OptionalText(json, LimitFrom) ?? "",
        _line.OptionalNumber(json, Vocabulary.Chain, 0),
        _line.Texts(json, Explanation)));

    private void ReadPeak(ReadOnlySpan<byte> json) => sink.Write(new PeakLine(
        ReadAt(json),
        ReadStackId(json),
        ReadTid(json),
        _line.Size(json, Bytes),
        _line.Number(json, Growths, 0, long.MaxValue),
        _line.Size(json, Mapped)));

    private void ReadMap(ReadOnlySpan<byte> json)
    {
        var entries = new List<MapEntryLine>();
        foreach (var (start, length) in _line.Objects(json, Entries))
            entries.Add(ReadEntry(json.Slice(start, length), start));

        sink.Write(new MapLine(ReadAt(json), ReadPid(json), entries));
    }

    private MapEntryLine ReadEntry(ReadOnlySpan<byte> json, int offset)
    {
        try
        {
            _entry.Index(json);
            var (start, end) = (_entry.Address(json, Vocabulary.Start), _entry.Address(json, Vocabulary.End));
            if (start >= end)
                throw new LineException(0, "a piece of a map whose 'start' is not below its 'end'");

            return new MapEntryLine(
                start,
                end,
                _entry.OptionalText(json, Prot) ?? "",
                (MapEntryKind)_entry.Word(json, Kind, EntryKinds),
                _entry.OptionalText(json, Name) ?? "");
        }
        catch (LineException error)
        {
            throw new LineException(offset + error.Offset, error.Message);
        }
    }

    private void ReadExit(ReadOnlySpan<byte> json) => sink.Write(new ExitLine(
        ReadAt(json),
        ReadPid(json),
        _line.OptionalNumber(json, Status, int.MinValue),
        _line.OptionalText(json, Signal)));

    private void ReadEnd(ReadOnlySpan<byte> json) =>
        sink.Write(new EndLine(ReadAt(json), (int)_line.Number(json, ExitCode, int.MinValue, int.MaxValue)));

    private long ReadAt(ReadOnlySpan<byte> json) => _line.Number(json, At, 0, long.MaxValue);

    private int ReadPid(ReadOnlySpan<byte> json) => (int)_line.Number(json, Pid, 0, int.MaxValue);

    private int ReadTid(ReadOnlySpan<byte> json) => (int)_line.Number(json, Tid, 0, int.MaxValue);

    private int ReadStackId(ReadOnlySpan<byte> json) => (int)_line.Number(json, Vocabulary.Stack, 0, int.MaxValue);
}
