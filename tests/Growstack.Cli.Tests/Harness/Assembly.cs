// The command traces Linux programs; so do its tests.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
