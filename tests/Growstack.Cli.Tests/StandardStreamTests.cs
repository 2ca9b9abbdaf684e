// What growstack itself writes goes behind what the program wrote, never over it.
namespace Growstack.Cli.Tests;

public sealed class StandardStreamTests
{
    [Fact]
    public void A_summary_in_the_same_file_as_the_programs_output_stands_behind_it()
    {
        var file = Path.GetTempFileName();
        try
        {
            using (var shared = new PlainFile(file))
            {
                shared.Append("the program's first line\n");
                using var writer = PlainStream.Writer(shared.Descriptor);
                writer.WriteLine("growstack's line");
                shared.Append("the program's last line\n");
                writer.WriteLine("growstack's last line");
            }

            Assert.Equal(["the program's first line", "growstack's line", "the program's last line", "growstack's last line"], File.ReadAllLines(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>A file whose descriptor is written to by two parties that know nothing of each other.</summary>
    private sealed class PlainFile(string path) : IDisposable
    {
        private readonly Microsoft.Win32.SafeHandles.SafeFileHandle _handle = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);

        public int Descriptor => (int)_handle.DangerousGetHandle();

        public void Append(string text)
        {
            using var writer = PlainStream.Writer(Descriptor);
            writer.Write(text);
        }

        public void Dispose() => _handle.Dispose();
    }
}
