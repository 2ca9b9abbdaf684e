// A sink that keeps what it is given, and where the golden files are.
namespace Growstack.Recording.Tests;

internal sealed class Collector : IRecordingSink
{
    public List<object> Lines { get; } = [];

    public void Write(in StartLine line) => Lines.Add(line);

    public void Write(in ProcessLine line) => Lines.Add(line);

    public void Write(in ThreadLine line) => Lines.Add(line);

    public void Write(in StackLine line) => Lines.Add(line);

    public void Write(in GrowthLine line) => Lines.Add(line);

    public void Write(in FrameLine line) => Lines.Add(line);

    public void Write(in ChainLine line) => Lines.Add(line);

    public void Write(in LimitLine line) => Lines.Add(line);

    public void Write(in OverflowLine line) => Lines.Add(line);

    public void Write(in PeakLine line) => Lines.Add(line);

    public void Write(in MapLine line) => Lines.Add(line);

    public void Write(in ExitLine line) => Lines.Add(line);

    public void Write(in EndLine line) => Lines.Add(line);
}

internal static class Golden
{
    public static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "Golden", name);
}
