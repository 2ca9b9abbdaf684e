// The operations on maps.
using System.Globalization;
using Growstack.Maps;

namespace Growstack.Traces;

public sealed partial class TraceWorld
{
    private string Run(string name, Arguments arguments) => name switch
    {
        "config" => Configure(arguments),
        "set" => Set(arguments),
        "sysctl" => Sysctl(arguments),
        "limit" => Limit(arguments),
        "wirefuture" => WireFuture(arguments),
        "textvp" => TextVnode(arguments),
        "digest" => SetDigests(arguments),
        "mkobj" => MakeObject(arguments),
        "fork" => Fork(),
        "use" => Use(arguments, mapToo: true),
        "procspace" => Use(arguments, mapToo: false),
        "free" => Free(arguments),
        "stack" => MapStack(arguments),
        "grow" => TraceText.Answer(Map.GrowStack(_process, arguments.Number(), System.StackGrowthSize)),
        "fault" => Fault(arguments),
        "insert" => Insert(arguments),
        "fixed" => Fixed(arguments),
        "find" => Find(arguments, hasMinimum: false),
        "findmin" => Find(arguments, hasMinimum: true),
        "findspace" => FindSpace(arguments),
        "remove" => TraceText.Answer(Map.Remove(arguments.Number(), arguments.Number())),
        "delete" => TraceText.Answer(Map.Delete(arguments.Number(), arguments.Number())),
        "protect" => Protect(arguments),
        "inherit" => Inherit(arguments),
        "madvise" => Advise(arguments),
        "sync" => TraceText.Answer(Map.Sync(arguments.Number(), arguments.Number(), arguments.Take("invalidate"))),
        "check" => Map.CheckProtection(arguments.Number(), arguments.Number(), arguments.Prot()) ? "TRUE" : "FALSE",
        "wire" => Wire(arguments, unwire: false),
        "unwire" => Wire(arguments, unwire: true),
        "lookup" => Lookup(arguments),
        "simplify" => Map.SimplifyEntry(arguments.Number()) ? "DONE" : "NOENTRY",
        "stat" or "dump" or "dumpfull" or "dumpraw" => "",
        _ => throw arguments.Bad($"'{name}' is no operation."),
    };

    private string MapStack(Arguments arguments)
    {
        var (address, size) = (arguments.Number(), arguments.Number());
        var (prot, max) = (arguments.Prot(), arguments.Prot());
        var mapping = MappingOf(arguments);
        return TraceText.Answer(Map.MapStack(_process, address, size, prot, max, mapping.Flags));
    }

    private string Fault(Arguments arguments)
    {
        var answer = Map.Fault(_process, arguments.Number(), arguments.Prot(), out var found);
        return answer == KernReturn.Success
            ? $"{TraceText.Answer(answer)} prot={TraceText.Prot(found.Protection)} wired={(found.IsWired ? 1 : 0)}"
            : TraceText.Answer(answer);
    }

    private string Insert(Arguments arguments)
    {
        var (start, end) = (arguments.Number(), arguments.Number());
        var (prot, max) = (arguments.Prot(), arguments.Prot());
        var mapping = MappingOf(arguments);
        return TraceText.Answer(Map.Insert(mapping.Object, mapping.Offset, start, end, prot, max, mapping.Flags));
    }

    private string Fixed(Arguments arguments)
    {
        var (start, length) = (arguments.Number(), arguments.Number());
        var (prot, max) = (arguments.Prot(), arguments.Prot());
        var mapping = MappingOf(arguments);
        return TraceText.Answer(Map.Fixed(mapping.Object, mapping.Offset, start, length, prot, max, mapping.Flags, _process));
    }

    private string Find(Arguments arguments, bool hasMinimum)
    {
        var (address, length) = (arguments.Number(), arguments.Number());
        var minimum = hasMinimum ? arguments.Number() : 0;
        var (prot, max) = (arguments.Prot(), arguments.Prot());
        var m = MappingOf(arguments);
        var answer = hasMinimum
            ? Map.FindMin(m.Object, m.Offset, ref address, length, minimum, m.MaxAddress, m.Space, prot, max, m.Flags, _process)
            : Map.Find(m.Object, m.Offset, ref address, length, m.MaxAddress, m.Space, prot, max, m.Flags, _process);
        return answer == KernReturn.Success
            ? $"{TraceText.Answer(answer)} addr={TraceText.Hex(address)}"
            : TraceText.Answer(answer);
    }

    private string FindSpace(Arguments arguments)
    {
        var found = Map.FindSpace(arguments.Number(), arguments.Number(), out var address);
        return $"{(found ? "FOUND" : "NONE")} addr={TraceText.Hex(address)}";
    }

    private string Protect(Arguments arguments)
    {
        var (start, end) = (arguments.Number(), arguments.Number());
        return TraceText.Answer(Map.Protect(start, end, arguments.Prot(), arguments.Take("setmax")));
    }

    private string Inherit(Arguments arguments)
    {
        var (start, end) = (arguments.Number(), arguments.Number());
        var inheritance = arguments.Word() switch
        {
            "share" => VmInherit.Share,
            "copy" => VmInherit.Copy,
            "none" => VmInherit.None,
            "zero" => VmInherit.Zero,
            var number => (VmInherit)Math.Min(arguments.ParseNumber(number), byte.MaxValue),
        };
        return TraceText.Answer(Map.Inherit(start, end, inheritance));
    }

    private string Advise(Arguments arguments)
    {
        const int Einval = 22;
        var (start, end) = (arguments.Number(), arguments.Number());
        VmAdvice? advice = arguments.Word() switch
        {
            "normal" => VmAdvice.Normal,
            "random" => VmAdvice.Random,
            "seq" => VmAdvice.Sequential,
            "willneed" => VmAdvice.WillNeed,
            "dontneed" => VmAdvice.DontNeed,
            "free" => VmAdvice.Free,
            "nosync" => VmAdvice.NoSync,
            "autosync" => VmAdvice.AutoSync,
            "nocore" => VmAdvice.NoCore,
            "core" => VmAdvice.Core,
            _ => null,
        };
        var known = advice is { } given && Map.Advise(start, end, given);
        return (known ? 0 : Einval).ToString(CultureInfo.InvariantCulture);
    }

    private string Wire(Arguments arguments, bool unwire)
    {
        var (start, end) = (arguments.Number(), arguments.Number());
        var how = VmWire.User;
        while (!arguments.AtEnd)
        {
            how = arguments.Word() switch
            {
                "user" => how | VmWire.User,
                "system" => how & ~VmWire.User,
                "holesok" => how | VmWire.HolesOk,
                "write" => how | VmWire.Write,
                var other => throw arguments.Bad($"'{other}' is no way to wire."),
            };
        }
        return TraceText.Answer(unwire ? Map.Unwire(start, end, how) : Map.Wire(start, end, how));
    }

    private string Lookup(Arguments arguments)
    {
        var found = Map.LookupEntry(arguments.Number(), out var entry);
        var text = entry is { } e ? $"[{TraceText.Entry(e)}]" : "header";
        return $"{(found ? "TRUE" : "FALSE")} {text}";
    }

    /// <summary>What is left of the arguments of an operation that makes a mapping.</summary>
    private Mapping MappingOf(Arguments arguments)
    {
        var mapping = new Mapping(null, 0, VmMapFlags.None, VmFindSpace.Any, 0);
        while (!arguments.AtEnd)
        {
            var word = arguments.Word();
            var flag = FlagOf(word);
            if (flag != VmMapFlags.None)
                mapping = mapping with { Flags = mapping.Flags | flag };
            else if (word.StartsWith("obj=", StringComparison.Ordinal))
                mapping = mapping with { Object = ObjectOf(arguments.ParseNumber(word[4..])) };
            else if (word.StartsWith("off=", StringComparison.Ordinal))
                mapping = mapping with { Offset = arguments.ParseNumber(word[4..]) };
            else if (word.StartsWith("maxaddr=", StringComparison.Ordinal))
                mapping = mapping with { MaxAddress = arguments.ParseNumber(word[8..]) };
            else if (word.StartsWith("space=", StringComparison.Ordinal))
                mapping = mapping with { Space = SpaceOf(word[6..], arguments) };
            else
                throw arguments.Bad($"'{word}' is no flag of a mapping.");
        }
        return mapping;
    }

    private static VmFindSpace SpaceOf(string text, Arguments arguments)
    {
        const string Align = "align:";
        switch (text)
        {
            case "none":
                return VmFindSpace.None;
            case "any":
                return VmFindSpace.Any;
            case "optimal":
                return VmFindSpace.Optimal;
            case "super":
                return VmFindSpace.Super;
        }
        if (text.StartsWith(Align, StringComparison.Ordinal) && arguments.ParseNumber(text[Align.Length..]) is >= 1 and <= 63 and var shift)
            return VmFindSpace.Aligned((int)shift);
        throw arguments.Bad($"'{text}' is no rule for finding space.");
    }

    private static VmMapFlags FlagOf(string word) => word switch
    {
        "cow" => VmMapFlags.CopyOnWrite,
        "share" => VmMapFlags.InheritShare,
        "nofault" => VmMapFlags.NoFault,
        "nosync" => VmMapFlags.NoSync,
        "nocore" => VmMapFlags.NoCoreDump,
        "nocharge" => VmMapFlags.NoCharge,
        "charged" => VmMapFlags.Charged,
        "guard" => VmMapFlags.Guard,
        "excl" => VmMapFlags.CheckExcl,
        "writecount" => VmMapFlags.WriteCount,
        "vnexec" => VmMapFlags.VnExec,
        "gapdn" => VmMapFlags.GapDown,
        "gapup" => VmMapFlags.GapUp,
        "down" => VmMapFlags.StackGrowsDown,
        "up" => VmMapFlags.StackGrowsUp,
        _ => VmMapFlags.None,
    };

    /// <summary>What an operation says of a mapping beside range and protection.</summary>
    private readonly record struct Mapping(VmObject? Object, ulong Offset, VmMapFlags Flags, VmFindSpace Space, ulong MaxAddress);
}
