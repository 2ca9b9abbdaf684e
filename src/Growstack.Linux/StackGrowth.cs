// One growth of one stack.
namespace Growstack.Linux;

/// <summary>One growth of one stack.</summary>
/// <param name="Pid">The process.</param>
/// <param name="ThreadId">The thread whose access made the stack grow.</param>
/// <param name="Kind">Whose stack it is.</param>
/// <param name="Stack">The start of the stack's reservation, which identifies it in its process.</param>
/// <param name="StackEnd">The address just above the stack.</param>
/// <param name="Address">The address accessed.</param>
/// <param name="From">The lowest mapped address before.</param>
/// <param name="To">The lowest mapped address after.</param>
/// <param name="Limit">The most the stack may hold now, in bytes.</param>
public readonly record struct StackGrowth(
    int Pid, int ThreadId, StackKind Kind, ulong Stack, ulong StackEnd, ulong Address, ulong From, ulong To, ulong Limit)
{
    /// <summary>By how much it grew.</summary>
    public ulong Bytes => From - To;
}
