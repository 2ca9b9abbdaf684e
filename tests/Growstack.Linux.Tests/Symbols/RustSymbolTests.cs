// Rust's v0 names, against what the compiler and binutils' c++filt say of them.
using System.Diagnostics;
using System.Text.RegularExpressions;
using CsCheck;
using Growstack.Linux.Symbols;
using Growstack.Linux.Tests.Fixtures;

namespace Growstack.Linux.Tests.Symbols;

public sealed partial class RustSymbolTests
{
    [Theory]
    [InlineData("v0::depth", "_RNvCsfq2Zq5gqAK1_2v05depth")]
    [InlineData("v0::flag::<true, 'ß', -5>", "_RINvCsfq2Zq5gqAK1_2v04flagKb1_Kcdf_Kan5_EB2_")]
    [InlineData("v0::generic::<fn(&mut i8, &[&str]), *mut (u8, i128)>", "_RINvCsfq2Zq5gqAK1_2v07genericFG0_QL1_aRSRL0_eEuOThnEEB2_")]
    [InlineData("<core::option::Option<&str>>::map_or_else::<alloc::string::String, alloc::fmt::format::{closure#0}, <str as alloc::borrow::ToOwned>::to_owned>",
        "_RINvMNtCsgEmfK2I1SDS_4core6optionINtB3_6OptionReE11map_or_elseNtNtCslNYArtu3iFV_5alloc6string6StringNCNvNtB12_3fmt6format0NvYeNtNtB12_6borrow7ToOwned8to_ownedECsfq2Zq5gqAK1_2v0")]
    [InlineData("mycrate::gödel", "_RNvC7mycrateu8gdel_5qa")]
    [InlineData("a::b", "_RNvC1a1b.llvm.1234")]
    public void A_name_is_as_Rust_writes_it(string readable, string mangled) => Assert.Equal(readable, Demangler.Demangle(mangled));

    [Theory]
    [InlineData("_R")]
    [InlineData("_RNv")]
    [InlineData("_RNvC1a")]
    [InlineData("_RNvC9999999999a1b")]
    [InlineData("_RNvB_1b")]
    [InlineData("_Read")]
    [InlineData("_RIB_E")]
    public void What_is_none_stays_as_it_is(string name) => Assert.Equal(name, Demangler.Demangle(name));

    [Fact]
    public void Damaged_names_end()
    {
        const string Whole = "_RINvMNtCsgEmfK2I1SDS_4core6optionINtB3_6OptionReE11map_or_elseNtNtCslNYArtu3iFV_5alloc6string6StringE";
        Gen.Select(Gen.Int[2, Whole.Length - 1], Gen.Char["BCEIMNRTXs0_9u"]).Array[1, 6].Sample(changes =>
        {
            char[] name = Whole.ToCharArray();
            foreach (var (at, letter) in changes)
                name[at] = letter;
            _ = Demangler.Demangle(new string(name));
        });
    }

    [Fact]
    public void Every_name_of_a_real_program_agrees_with_cxxfilt()
    {
        string directory = Directory.CreateTempSubdirectory("growstack-rust-").FullName;
        try
        {
            string source = CProgram.SourceOf("names.rs");
            Skip(Run("rustc", ["-C", "symbol-mangling-version=v0", "-o", directory + "/names", source], "").Status != 0, "rustc is not installed, or knows no v0 mangling");
            var names = Run("nm", [directory + "/names"], "").Output.Split('\n').Select(line => line.Split(' ')[^1]).Where(name => name.StartsWith("_R", StringComparison.Ordinal)).Distinct().ToList();
            Assert.True(names.Count > 100);
            var (status, output) = Run("c++filt", [], string.Join('\n', names) + "\n");
            Skip(status != 0, "c++filt is not installed");
            var known = output.Split('\n');
            for (int i = 0; i < names.Count; i++)
                Assert.Equal(Plain(known[i]), Plain(Demangler.Demangle(names[i])));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    // Without hashes of crates, lifetimes, and types of constants.
    private static string Plain(string name) => Escape().Replace(Noise().Replace(name, ""), m => char.ConvertFromUtf32(Convert.ToInt32(m.Groups[1].Value, 16)));

    private static void Skip(bool condition, string reason) => Assert.SkipWhen(condition, reason);

    private static (int Status, string Output) Run(string program, string[] arguments, string input)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var output = process.StandardOutput.ReadToEndAsync();
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            process.WaitForExit();
            return (process.ExitCode, output.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (127, "");
        }
    }

    [GeneratedRegex(@"\[[0-9a-f]{4,16}\]|for<[^>]*> |'[a-z_]\b,? ?| \+ '[a-z_]|: (?:[iu](?:8|16|32|64|128|size)|bool|char)(?=[,>\]])|\.llvm\.\w+")]
    private static partial Regex Noise();

    [GeneratedRegex(@"\\u\{([0-9a-f]+)\}")]
    private static partial Regex Escape();
}
