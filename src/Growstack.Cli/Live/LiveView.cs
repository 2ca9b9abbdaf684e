// run --live: the stacks on a terminal while the program runs.
using System.Runtime.InteropServices;
using Growstack.Linux.Observing;

namespace Growstack.Cli.Live;

/// <summary>Draws a run again and again on a thread of its own, until it is disposed of; the terminal is then as it was.</summary>
internal sealed class LiveView : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>What stays on the screen is drawn again now and then: a program may have cleared it.</summary>
    private const int TicksBetweenRepeats = 5;

    /// <summary>Guards the area, whose owner may be the drawing thread or a signal's.</summary>
    private readonly Lock _gate = new();
    private readonly ILiveArea _area;
    private readonly Terminal _style;
    private readonly ManualResetEventSlim _ended = new();
    private readonly PosixSignalRegistration? _stop, _continue;
    private readonly Thread _thread;
    private List<string> _drawn = [];
    private int _ticks;

    /// <summary>Set while the run is stopped by a key. Guarded by <see cref="_gate"/>.</summary>
    private bool _isStopped;

    private LiveView(ILiveArea area)
    {
        _area = area;
        _style = Terminal.Of(isTerminal: true);
        if (!OperatingSystem.IsWindows())
        {
            _stop = PosixSignalRegistration.Create(PosixSignal.SIGTSTP, signal => Stop(signal));
            _continue = PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => Continue());
        }

        _thread = new Thread(Draw) { Name = "growstack live view", IsBackground = true };
        _thread.Start();
    }

    /// <summary>What is drawn; to be given to the run as an observer.</summary>
    public LiveStacks Stacks { get; } = new();

    /// <summary>Begins to draw.</summary>
    /// <param name="file">The terminal; null is standard error.</param>
    /// <returns>Null when nothing can be drawn there, which has been said then.</returns>
    public static LiveView? Open(string? file)
    {
        string problem = "standard error is no terminal";
        var terminal = file is null ? TerminalDevice.OfStandardError() : TerminalDevice.Open(file, out problem);
        if (terminal is null)
        {
            problem = file is null ? problem : $"cannot draw on {file}: {problem}";
        }
        else if (file is not null && terminal.Foreground == -1)
        {
            return new LiveView(new WholeScreen(terminal));
        }
        else
        {
            problem = Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb" ? "TERM says that this terminal cannot keep some of its rows apart"
                : terminal.Size.Rows < BottomRows.LeastTerminal ? $"this terminal has {terminal.Size.Rows} rows, and {BottomRows.LeastTerminal} are needed to share it with the program"
                : "";
            if (problem.Length == 0)
                return new LiveView(new BottomRows(terminal));
            terminal.Dispose();
        }

        Console.Error.WriteLine($"growstack: --live: {problem}. Nothing was started. A second terminal shows the stacks with --live=TTY, where TTY is what tty(1) prints there.");
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Set();
        _thread.Join();
        _stop?.Dispose();
        _continue?.Dispose();
        lock (_gate)
            _area.Dispose();
        _ended.Dispose();
    }

    private void Draw()
    {
        do
        {
            lock (_gate)
                Tick();
        }
        while (!_ended.Wait(Pause));
    }

    private void Tick()
    {
        if (_isStopped)
            return;
        var before = _area.Size;
        var run = Stacks.Look(Math.Max(before.Rows - LiveText.OtherLines, 0));
        _area.Follow(run.Processes);
        var (rows, columns) = _area.Size;
        if (rows == 0)
            return;
        var lines = LiveText.Lines(run, rows, columns, _style);
        if (before == (rows, columns) && ++_ticks % TicksBetweenRepeats != 0 && lines.SequenceEqual(_drawn))
            return;
        _area.Draw(lines);
        _drawn = lines;
    }

    // The program stops by the same key. The terminal is given back first, for the shell is about to write to it.
    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        lock (_gate)
        {
            _isStopped = true;
            _area.Release();
        }

        StopSignal.Raise();
    }

    private void Continue()
    {
        lock (_gate)
            _isStopped = false;
    }
}
