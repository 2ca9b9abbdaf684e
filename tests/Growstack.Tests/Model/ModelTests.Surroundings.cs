// The model's steps that concern more than ranges of one map: searching, wiring, limits, forks.
using Growstack.Maps;
using Growstack.Traces;

namespace Growstack.Tests.Model;

public sealed partial class ModelTests
{
    /// <summary>Shows what became of one map.</summary>
    private delegate void Show(MapModel model, string operation, string answer);

    private static void DoMore(MapModel model, VmRelease release, Step step, Show show)
    {
        var (start, length) = (step.At * Page, (step.Length + 1) * Page);
        var end = start + length;
        var (prot, max) = ((VmProt)(step.Prot & step.MaxProt), (VmProt)step.MaxProt);
        switch (step.Kind)
        {
            case 16:
                var anywhere = step.Choice != 0;
                var limit = step.Choice == 1 ? Max / 2 : 0;
                var wish = step.Choice > 6 ? 0 : start;
                var address = wish;
                var found = model.Find(ref address, length, limit, anywhere, new ModelEntry { Prot = prot, Max = max });
                var place = anywhere ? $"space=any{(limit != 0 ? $" maxaddr={Hex(limit)}" : "")}" : "space=none";
                show(model, $"find {Hex(wish)} {Hex(length)} {Prot(prot)} {Prot(max)} {place}", Placed(found, address));
                break;
            case 17 when release == VmRelease.FreeBsd12:
                var lower = step.Choice * 4 * Page;
                address = start;
                found = model.FindMin(ref address, length, lower, new ModelEntry { Prot = prot, Max = max });
                show(model, $"findmin {Hex(start)} {Hex(length)} {Hex(lower)} {Prot(prot)} {Prot(max)}", Placed(found, address));
                break;
            case 18 or 19 when !model.WouldCopy(start, end):
                var (user, holesOk) = (step.Choice < 8, step.Choice % 2 == 0);
                show(model, $"wire {Hex(start)} {Hex(end)}{Words(user, holesOk)}", Text(model.Wire(start, end, user, holesOk)));
                break;
            case 20:
                (user, holesOk) = (step.Choice < 7, step.Choice % 2 == 0);
                show(model, $"unwire {Hex(start)} {Hex(end)}{Words(user, holesOk)}", Text(model.Unwire(start, end, user, holesOk)));
                break;
            case 21 when !model.SharesAnonymous:
                var child = model.Fork(out var charge);
                var number = ++model.Forks;
                show(model, "fork", $"OK space={number} charge={Hex(charge)}");
                show(child, $"use {number}", "OK");
                show(model, "use 0", "OK");
                show(model, $"free {number}", "OK");
                break;
            case 22 when step.Choice < 5:
                model.VmemLimit = step.Choice == 0 ? long.MaxValue : length * 3;
                show(model, $"limit vmem {model.VmemLimit}", "OK");
                break;
            case 22:
                model.StackLimit = step.Choice == 9 ? long.MaxValue : length;
                show(model, $"limit stack {model.StackLimit}", "OK");
                break;
        }
    }

    private static string Placed(KernReturn answer, ulong address) =>
        answer == KernReturn.Success ? $"{Text(answer)} addr={Hex(address)}" : Text(answer);

    private static string Words(bool user, bool holesOk) => (user ? "" : " system") + (holesOk ? " holesok" : "");
}
