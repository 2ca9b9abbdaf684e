// run --record: the recording beside a run.
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Reflection;
using Growstack.Linux;
using Growstack.Linux.Observing;
using Growstack.Recording;

namespace Growstack.Cli;

/// <summary>Keeps a recording, and says so when it cannot be kept any longer; the program is none the worse for it.</summary>
internal sealed class RunRecording : IDisposable
{
    private readonly RecordingWriter _writer;

    private RunRecording(RecordingWriter writer, RunRecorder recorder)
    {
        _writer = writer;
        Recorder = recorder;
    }

    /// <summary>What the run is to tell of itself.</summary>
    public RunRecorder Recorder { get; }

    /// <summary>Opens the file.</summary>
    /// <returns>Null when it cannot be written, which has been said then.</returns>
    public static RunRecording? Open(string path, RunOptions options, ParseResult line)
    {
        try
        {
            var writer = RecordingWriter.Create(path);
            var given = line.CommandResult.Children.OfType<OptionResult>()
                .Where(option => !option.Implicit)
                .Select(option => KeyValuePair.Create(option.Option.Name, string.Join(' ', option.Tokens.Select(token => token.Value))))
                .ToList();
            string version = typeof(RunRecording).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
            return new RunRecording(writer, new RunRecorder(options, writer, version, given));
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            Console.Error.WriteLine($"growstack: --record: cannot write {path}: {FileFailure.Reason(e, path)}. Nothing was started.");
            return null;
        }
    }

    /// <summary>Ends the recording, and says what became of it should that be worth knowing.</summary>
    public void Finish(int exitCode)
    {
        Recorder.Finish(exitCode);
        if (_writer.Failure is { } failure)
            Console.Error.WriteLine($"growstack: --record: {failure.ToString().TrimEnd('.')}. The program was not disturbed.");
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
