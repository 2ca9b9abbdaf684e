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
                    stack.GetProperty("kind").GetString() == "main",
                    stack.GetProperty("threadName").GetString()!,
                    Bytes(stack, "peakBytes"),
                    Bytes(stack, "mappedBytes"),
                    Bytes(stack, "reservedBytes"),
                    Bytes(stack, "limitBytes"),
                    stack.GetProperty("growths").GetInt64(),
                    stack.GetProperty("peakIsExact").GetBoolean()));
            }
        }

        return new Summary(stacks, text);
    }

    /// <summary>No limit at all is the largest number.</summary>
    private static long Bytes(JsonElement stack, string name) => (long)Math.Min(stack.GetProperty(name).GetUInt64(), long.MaxValue);
}
