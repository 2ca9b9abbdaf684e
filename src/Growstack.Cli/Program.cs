// The command's entry point.
using Growstack.Cli;

// The console's own writers put a terminal into keypad mode; the terminal is the program's, so growstack writes plain streams.
Console.SetOut(PlainStream.Writer(1));
Console.SetError(PlainStream.Writer(2, mustArrive: false));
return CommandLine.Run(args);
