# dotnet builds a small project and runs it: threads with stacks of their own sizes, deep recursion, a child process.
. "$(dirname "$0")/common.sh"
cp "$here/Stacks.cs.txt" "$work/Program.cs"
cat > "$work/stacks.csproj" <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
</Project>
PROJECT
cd "$work"
# No servers that outlive the build.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
status=0
$UNDER dotnet build -nologo -v q -o out > build.log 2>&1 || status=$?
grep -E 'error|Warn' build.log || true
echo "built with $status"
status=0
$UNDER dotnet out/stacks.dll || status=$?
echo "ran with $status"
