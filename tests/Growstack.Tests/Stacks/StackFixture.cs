// A small world for tests of stacks, and a picture of its map as lines of text.
using System.Text;
using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Tests.Stacks;

/// <summary>A process in a map of [0x1000, 4 GiB), with stacks that grow by 128 KiB.</summary>
internal sealed class StackFixture
{
    internal const ulong Bottom = 0x1000_0000;
    internal const ulong Megabyte = 0x10_0000;
    internal const VmMapFlags Down = VmMapFlags.StackGrowsDown;
    internal const VmMapFlags Up = VmMapFlags.StackGrowsUp;

    internal StackFixture(VmRelease release, int? guardPages = null, ulong step = 0x2_0000)
    {
        System = new VmSystem(release) { StackGrowthSize = step };
        if (guardPages is { } pages)
            System.GuardPages = pages;
        Process = new VmProcess(new VmSpace(System, 0x1000, 0x1_0000_0000));
    }

    internal VmSystem System { get; }

    internal VmProcess Process { get; }

    internal VmMap Map => Process.Map;

    internal ProcessLimits Limits
    {
        set => Process.Limits = value;
    }

    /// <summary>The map, an entry a line: range, accesses, and what it is.</summary>
    internal string Picture => Draw(Map);

    internal static string Draw(VmMap map)
    {
        var text = new StringBuilder();
        foreach (var entry in map.Entries)
        {
            text.Append($"{entry.Start:x}-{entry.End:x} ");
            text.Append((entry.Protection & VmProt.Read) != 0 ? 'r' : '-');
            text.Append((entry.Protection & VmProt.Write) != 0 ? 'w' : '-');
            text.Append((entry.Protection & VmProt.Execute) != 0 ? 'x' : '-');
            Say(VmEntryFlags.GrowsDown, "stack down");
            Say(VmEntryFlags.GrowsUp, "stack up");
            Say(VmEntryFlags.StackGapDown, "gap down");
            Say(VmEntryFlags.StackGapUp, "gap up");
            if (entry.IsGuard && !entry.IsGap)
                text.Append(" guard");
            Say(VmEntryFlags.NoCoreDump, "nocore");
            Say(VmEntryFlags.UserWired, "wired");
            if (entry.Inheritance != VmInherit.Copy)
                text.Append($" {entry.Inheritance}");
            text.Append('\n');

            void Say(VmEntryFlags flag, string word)
            {
                if ((entry.Flags & flag) != 0)
                    text.Append(' ').Append(word);
            }
        }
        return text.ToString();
    }

    internal KernReturn MapStack(ulong addrbos, ulong size, VmMapFlags cow = Down) =>
        Process.MapStack(addrbos, size, VmProt.ReadWrite, VmProt.All, cow);

    internal KernReturn Insert(ulong start, ulong end) =>
        Map.Insert(null, 0, start, end, VmProt.ReadWrite, VmProt.All, VmMapFlags.None);

    internal KernReturn Grow(ulong address) => Process.GrowStack(address);

    internal KernReturn Fault(ulong address) => Process.Fault(address, VmProt.ReadWrite, out _);

    /// <summary>Compares the picture with the one given, which may be indented and ends without a line break.</summary>
    internal void Shows(string picture)
    {
        var expected = picture.Length == 0 ? "" : picture + "\n";
        Assert.Equal(expected, Picture);
        Map.CheckConsistency();
    }
}
