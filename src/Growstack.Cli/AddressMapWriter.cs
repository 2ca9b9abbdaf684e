// Final address maps as text, in the manner of procstat(1) -v.
using System.Globalization;
using Growstack.Linux;
using Growstack.Linux.Inspection;

namespace Growstack.Cli;

/// <summary>Prints the maps that a run kept.</summary>
internal static class AddressMapWriter
{
    /// <summary>Prints one table a process image.</summary>
    public static void Write(TextWriter writer, IEnumerable<ProcessReport> processes)
    {
        foreach (var process in processes)
        {
            if (process.FinalMap is not { } map)
                continue;

            var table = new TextTable(
                new("PID", Right: true), new("START", Right: true), new("END", Right: true), new("PRT"), new("MAX"), new("FLAG"), new("TP"), new("PATH"));
            foreach (var range in map)
            {
                table.Add(
                    process.Pid.ToString(CultureInfo.InvariantCulture),
                    "0x" + range.Start.ToString("x", CultureInfo.InvariantCulture),
                    "0x" + range.End.ToString("x", CultureInfo.InvariantCulture),
                    range.Protection.Letters(),
                    range.MaxProtection.Letters(),
                    Flags(range),
                    Type(range.Kind),
                    range.Path ?? Remark(range.Kind));
            }

            writer.WriteLine($"growstack: address map of {process.Command} ({process.Pid}) at its end");
            table.Write(writer);
        }
    }

    private static string Flags(in MappedRange range) => string.Concat(
        range.CopyOnWrite ? "C" : "-", range.GrowsDown ? "D" : "-", range.Wired ? "W" : "-");

    private static string Type(MappedKind kind) => kind switch
    {
        MappedKind.File => "vn",
        MappedKind.Guard or MappedKind.StackGap => "gd",
        MappedKind.Kernel => "ph",
        _ => "sw",
    };

    private static string Remark(MappedKind kind) => kind switch
    {
        MappedKind.Stack => "[stack]",
        MappedKind.StackGap => "[stack gap]",
        MappedKind.Guard => "[guard]",
        _ => "",
    };
}
