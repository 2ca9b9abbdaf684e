// What growstack wrote with --json.
using System.Text.Json;

namespace Growstack.Cli.Tests.Harness;

/// <summary>One stack of one process, sizes in bytes.</summary>
internal sealed record StackLine(
    int Pid, string Command, bool IsMain, string Thread, long Peak, long Mapped, long Reserved, long Limit, long Growths, bool IsExact)
{
    public long Headroom => Limit - Peak;
}

/// <summary>The summary for scripts.</summary>
internal sealed record Summary(IReadOnlyList<StackLine> Stacks, string Text)
{
    public IEnumerable<StackLine> Mains => Stacks.Where(stack => stack.IsMain);

    public IEnumerable<StackLine> Threads => Stacks.Where(stack => !stack.IsMain);

    public long Growths => Stacks.Sum(stack => stack.Growths);

    public static Summary Read(string path)
    {
        Assert.True(File.Exists(path), "growstack wrote no --json file");
        string text = File.ReadAllText(path);
        using var document = JsonDocument.Parse(text);
        var stacks = new List<StackLine>();
        foreach (var process in document.RootElement.GetProperty("processes").EnumerateArray())
        {
            foreach (var stack in process.GetProperty("stacks").EnumerateArray())
            {
                stacks.Add(new StackLine(
                    process.GetProperty("pid").GetInt32(),
                    process.GetProperty("command").GetString()!,
                    stack.GetProperty("kind").GetString()!.Equals("main", StringComparison.OrdinalIgnoreCase),
                    stack.TryGetProperty("threadName", out var name) ? name.GetString()! : "",
                    stack.GetProperty("peakBytes").GetInt64(),
                    stack.GetProperty("mappedBytes").GetInt64(),
                    stack.GetProperty("reservedBytes").GetInt64(),
                    stack.GetProperty("limitBytes").GetInt64(),
                    stack.GetProperty("growths").GetInt64(),
                    !stack.TryGetProperty("peakIsExact", out var exact) || exact.GetBoolean()));
            }
        }

        return new Summary(stacks, text);
    }
}
