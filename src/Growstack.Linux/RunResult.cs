// What a traced run ended with.
namespace Growstack.Linux;

/// <summary>How a traced run ended.</summary>
public enum RunStatus
{
    /// <summary>The program exited; see <see cref="RunResult.ExitStatus"/>.</summary>
    Exited,

    /// <summary>A signal ended the program; see <see cref="RunResult.Signal"/>.</summary>
    Signaled,

    /// <summary>The program was not found. Nothing ran.</summary>
    NotFound,

    /// <summary>The program was found but cannot be executed. Nothing ran.</summary>
    NotExecutable,

    /// <summary>The system does not allow tracing; <see cref="RunResult.Message"/> says what forbids it and what to change. Nothing ran.</summary>
    TracingForbidden,

    /// <summary>The run itself failed; <see cref="RunResult.Message"/> says how. What still ran was killed.</summary>
    Failed,
}

/// <summary>What a traced run ended with: the first process's end, and a report for each process image there was.</summary>
public sealed record RunResult
{
    /// <summary>How the run ended.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>The program's exit status, 0 to 255, when <see cref="Status"/> is <see cref="RunStatus.Exited"/>.</summary>
    public int ExitStatus { get; init; }

    /// <summary>The signal that ended the program, when <see cref="Status"/> is <see cref="RunStatus.Signaled"/>; else 0.</summary>
    public int Signal { get; init; }

    /// <summary>What went wrong and what to do about it, for people; null when the program ran.</summary>
    public string? Message { get; init; }

    /// <summary>The status a command should exit with: the program's, 128 + n for signal n, 127 and 126 as env(1), 125 for growstack's own failure.</summary>
    public int SuggestedExitCode => Status switch
    {
        RunStatus.Exited => ExitStatus,
        RunStatus.Signaled => 128 + Signal,
        RunStatus.NotFound => 127,
        RunStatus.NotExecutable => 126,
        _ => 125,
    };

    /// <summary>One report for each process image, in the order in which they started: an exec ends one image and starts the next.</summary>
    public IReadOnlyList<ProcessReport> Processes { get; init; } = [];

    /// <summary>What the tracer had to do.</summary>
    public TracerStatistics Statistics { get; init; } = new();
}

/// <summary>What the tracer had to do in a run.</summary>
public sealed record TracerStatistics
{
    /// <summary>Stops of tracees that were handled, of every kind.</summary>
    public long Stops { get; init; }

    /// <summary>System calls about memory that were followed.</summary>
    public long MemoryCalls { get; init; }

    /// <summary>Growths of all stacks.</summary>
    public long Growths { get; init; }

    /// <summary>Processes that were traced.</summary>
    public int Processes { get; init; }

    /// <summary>Threads that were traced, each process's first included.</summary>
    public int Threads { get; init; }
}
