// The command's entry point.
Console.Error.WriteLine("growstack: no verb is built yet");
return 125;
