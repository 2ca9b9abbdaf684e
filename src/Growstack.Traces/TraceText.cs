// How traces write things: entries, protections, flags, answers.
using System.Globalization;
using System.Text;
using Growstack.Maps;

namespace Growstack.Traces;

/// <summary>The text forms of a trace; see the file FORMAT.md beside the traces.</summary>
public static class TraceText
{
    // In the order in which a trace joins them.
    private static readonly (VmEntryFlags Flag, string Name)[] FlagNames =
    [
        (VmEntryFlags.GrowsDown, "grows_down"),
        (VmEntryFlags.GrowsUp, "grows_up"),
        (VmEntryFlags.StackGapDown, "stack_gap_dn"),
        (VmEntryFlags.StackGapUp, "stack_gap_up"),
        (VmEntryFlags.Guard, "guard"),
        (VmEntryFlags.CopyOnWrite, "cow"),
        (VmEntryFlags.NeedsCopy, "needs_copy"),
        (VmEntryFlags.UserWired, "user_wired"),
        (VmEntryFlags.NoSync, "nosync"),
        (VmEntryFlags.NoCoreDump, "nocoredump"),
        (VmEntryFlags.NoFault, "nofault"),
        (VmEntryFlags.InTransition, "in_transition"),
        (VmEntryFlags.NeedsWakeup, "needs_wakeup"),
        (VmEntryFlags.VnExec, "vn_exec"),
        (VmEntryFlags.WriteCount, "writecnt"),
        (VmEntryFlags.Sequential, "seq"),
        (VmEntryFlags.Random, "random"),
    ];

    /// <summary>The flags by which <c>hm</c> tells neighbours apart.</summary>
    internal const VmEntryFlags MergedFlags =
        VmEntryFlags.GrowsDown | VmEntryFlags.GrowsUp | VmEntryFlags.StackGapDown | VmEntryFlags.StackGapUp | VmEntryFlags.Guard | VmEntryFlags.UserWired;

    /// <summary>An entry as <c>dump</c> prints it and <c>h</c> hashes it.</summary>
    public static string Entry(in VmEntry entry)
    {
        var text = new StringBuilder();
        AppendEntry(text, entry);
        return text.ToString();
    }

    /// <summary>All entries of a map, a line each.</summary>
    public static string Dump(VmMap map)
    {
        var text = new StringBuilder();
        foreach (var line in Lines(map, full: false))
            text.Append(line).Append('\n');
        return text.ToString();
    }

    /// <summary>What is printed below a dump: all entries of a map in address order.</summary>
    /// <param name="map">The map.</param>
    /// <param name="full">Whether <c>dumpfull</c> is meant, which shows also the bytes kept with a gap (its guard) or, in release 10, with a stack (avail_ssize).</param>
    public static IEnumerable<string> Lines(VmMap map, bool full)
    {
        ArgumentNullException.ThrowIfNull(map);
        foreach (var entry in map.Entries)
            yield return full && KeepsBytes(entry, map.System.Release) ? $"{Entry(entry)} nread={Hex(entry.Reserve)}" : Entry(entry);
    }

    /// <summary>Whether the bytes kept with an entry have a meaning.</summary>
    internal static bool KeepsBytes(in VmEntry entry, VmRelease release) => release == VmRelease.FreeBsd10 ? entry.IsStack : entry.IsGap;

    /// <summary>A protection, <c>rwx</c> with <c>-</c> for what is missing.</summary>
    public static string Prot(VmProt prot) => string.Create(3, prot, static (text, p) =>
    {
        text[0] = (p & VmProt.Read) != 0 ? 'r' : '-';
        text[1] = (p & VmProt.Write) != 0 ? 'w' : '-';
        text[2] = (p & VmProt.Execute) != 0 ? 'x' : '-';
    });

    /// <summary>An inheritance.</summary>
    public static string Inherit(VmInherit inheritance) => inheritance switch
    {
        VmInherit.Share => "share",
        VmInherit.Copy => "copy",
        VmInherit.None => "none",
        VmInherit.Zero => "zero",
        _ => ((int)inheritance).ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>An answer by its KERN_ name.</summary>
    public static string Answer(KernReturn answer) => answer switch
    {
        KernReturn.Success => "KERN_SUCCESS",
        KernReturn.InvalidAddress => "KERN_INVALID_ADDRESS",
        KernReturn.ProtectionFailure => "KERN_PROTECTION_FAILURE",
        KernReturn.NoSpace => "KERN_NO_SPACE",
        KernReturn.InvalidArgument => "KERN_INVALID_ARGUMENT",
        KernReturn.Failure => "KERN_FAILURE",
        KernReturn.ResourceShortage => "KERN_RESOURCE_SHORTAGE",
        KernReturn.NotReceiver => "KERN_NOT_RECEIVER",
        KernReturn.NoAccess => "KERN_NO_ACCESS",
        _ => ((int)answer).ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>A number in hexadecimal, <c>0x1f</c>.</summary>
    public static string Hex(ulong number) => string.Create(CultureInfo.InvariantCulture, $"0x{number:x}");

    internal static void AppendEntry(StringBuilder text, in VmEntry entry)
    {
        AppendHead(text, entry, entry.Flags);
        ulong offset = 0;
        if (entry.Object?.Origin(entry.Offset, out offset) is { } origin)
            text.Append(CultureInfo.InvariantCulture, $" obj={origin.Number} off=0x{offset:x}");
        else
            text.Append(" obj=- off=0x0");
    }

    /// <summary>What <c>hm</c> hashes of an entry.</summary>
    internal static void AppendHead(StringBuilder text, in VmEntry entry, VmEntryFlags flags)
    {
        text.Append(CultureInfo.InvariantCulture, $"0x{entry.Start:x} 0x{entry.End:x} ");
        AppendProt(text, entry.Protection);
        text.Append(' ');
        AppendProt(text, entry.MaxProtection);
        text.Append(' ').Append(Inherit(entry.Inheritance)).Append(' ');
        AppendFlags(text, flags);
        text.Append(" wired=").Append(entry.WiredCount);
    }

    private static void AppendProt(StringBuilder text, VmProt prot) => text
        .Append((prot & VmProt.Read) != 0 ? 'r' : '-')
        .Append((prot & VmProt.Write) != 0 ? 'w' : '-')
        .Append((prot & VmProt.Execute) != 0 ? 'x' : '-');

    private static void AppendFlags(StringBuilder text, VmEntryFlags flags)
    {
        var any = false;
        foreach (var (flag, name) in FlagNames)
        {
            if ((flags & flag) == 0)
                continue;
            if (any)
                text.Append('|');
            text.Append(name);
            any = true;
        }
        if (!any)
            text.Append('-');
    }
}
