// Flag values of open(2).
namespace Growstack.Linux.Native;

/// <summary>Flags of open(2), and of other calls that make descriptors.</summary>
internal static class OpenFlag
{
    internal const int ReadWrite = 2;
    internal const int NonBlock = 0x800;

    /// <summary>O_CLOEXEC, and EFD_CLOEXEC of eventfd(2): no program that is executed inherits the descriptor.</summary>
    internal const int CloseOnExec = 0x80000;
}
