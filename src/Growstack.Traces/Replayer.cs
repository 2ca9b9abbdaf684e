// Replays traces and compares every answer.
using Growstack.Maps;

namespace Growstack.Traces;

/// <summary>How to replay.</summary>
public sealed record ReplayOptions
{
    /// <summary>The release; null: as the trace's path says (a folder freebsd10 or freebsd12), or else 10.</summary>
    public VmRelease? Release { get; init; }

    /// <summary>Whether the map's consistency is checked: after every operation on a small map, now and then on a large one.</summary>
    public bool CheckConsistency { get; init; }

    /// <summary>Called after each operation with what the library answered and the map that it acted on.</summary>
    public Action<TraceOperation, string, VmMap>? OnAnswer { get; init; }
}

/// <summary>An operation whose answer is not the recorded one.</summary>
/// <param name="File">The name of the trace.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Operation">The operation as written; of a line that cannot be read, nothing.</param>
/// <param name="Expected">What was recorded.</param>
/// <param name="Actual">What the library answered, or what is wrong.</param>
/// <param name="Dump">The map's entries after the operation.</param>
public sealed record Divergence(string File, int Line, string Operation, string Expected, string Actual, string Dump);

/// <summary>What came of a replay.</summary>
/// <param name="Operations">How many operations there were, lines that could not be read among them.</param>
/// <param name="Divergences">How many of them were not answered as recorded.</param>
/// <param name="First">The first of those.</param>
public sealed record ReplayResult(long Operations, long Divergences, Divergence? First)
{
    /// <summary>The result of replaying nothing.</summary>
    public static ReplayResult Empty { get; } = new(0, 0, null);

    /// <summary>The result of this replay and one after it.</summary>
    public ReplayResult Then(ReplayResult next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new ReplayResult(Operations + next.Operations, Divergences + next.Divergences, First ?? next.First);
    }

    /// <summary><c>N operations, M divergences</c>.</summary>
    public override string ToString() => $"{Operations} operations, {Divergences} divergences";
}

/// <summary>Replays traces against the library.</summary>
public static class Replayer
{
    private const int SmallMap = 256;
    private const int LargeMapInterval = 1000;

    /// <summary>Replays a file, plain or compressed.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static ReplayResult ReplayFile(string path, ReplayOptions? options = null)
    {
        options ??= new ReplayOptions();
        return Replay(TraceReader.ReadFile(path), options.Release ?? ReleaseOf(path), options);
    }

    /// <summary>Replays a trace that is being read. Lines that cannot be read or understood count as divergences.</summary>
    public static ReplayResult Replay(IEnumerable<TraceItem> trace, VmRelease release, ReplayOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(trace);
        options ??= new ReplayOptions();
        var world = new TraceWorld(release);
        var result = ReplayResult.Empty;
        foreach (var item in trace)
        {
            var divergence = item.Operation is { } operation
                ? Step(world, operation, result.Operations, options)
                : new Divergence(item.Error!.File, item.Error.Line, "", "an operation", item.Error.Message, "");
            result = result.Then(new ReplayResult(1, divergence is null ? 0 : 1, divergence));
        }
        return result;
    }

    /// <summary>The release that a trace's path names.</summary>
    public static VmRelease ReleaseOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        foreach (var folder in Path.GetFullPath(path).Split(Path.DirectorySeparatorChar).Reverse())
        {
            if (folder == "freebsd10")
                return VmRelease.FreeBsd10;
            if (folder == "freebsd12")
                return VmRelease.FreeBsd12;
        }
        return VmRelease.FreeBsd10;
    }

    /// <summary>Carries one operation out and compares the answer.</summary>
    /// <returns>Null if it is as recorded.</returns>
    public static Divergence? ReplayOne(TraceWorld world, TraceOperation operation, bool checkConsistency = false)
    {
        ArgumentNullException.ThrowIfNull(world);
        ArgumentNullException.ThrowIfNull(operation);
        return Step(world, operation, 0, new ReplayOptions { CheckConsistency = checkConsistency });
    }

    private static Divergence? Step(TraceWorld world, TraceOperation operation, long count, ReplayOptions options)
    {
        string actual;
        try
        {
            actual = world.Execute(operation);
            if (options.CheckConsistency && (world.Map.EntryCount <= SmallMap || count % LargeMapInterval == 0))
                world.Map.CheckConsistency();
        }
        catch (TraceFormatException e)
        {
            actual = e.Message;
        }
        catch (InvalidOperationException e)
        {
            actual = $"The map is inconsistent: {e.Message}";
        }
        options.OnAnswer?.Invoke(operation, actual, world.Map);
        if (operation.Expected is { } expected && !AnswerComparer.Agree(expected, actual))
            return new Divergence(operation.File, operation.Line, operation.Text, expected, actual, world.Dump());
        return AnswerComparer.FirstDifference(operation, world.Map) is var (line, found)
            ? new Divergence(operation.File, operation.Line, operation.Text, line, found, world.Dump())
            : null;
    }
}
