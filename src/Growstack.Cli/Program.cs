// The command's entry point.
using Growstack.Cli;

return CommandLine.Run(args);
