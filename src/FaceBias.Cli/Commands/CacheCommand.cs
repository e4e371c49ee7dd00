using FaceBias.Core.Backbones;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias cache</c>: where the home folder lies, how large it is, and making it smaller.</summary>
internal static class CacheCommand
{
    public static Command Create()
    {
        var parts = new Argument<string[]>("part")
            { Description = "Parts to delete; none for all that can be made again.", Arity = ArgumentArity.ZeroOrMore };
        var clean = new Command("clean", "Delete what can be computed or downloaded again.") { parts };
        clean.SetAction(parsed =>
        {
            var freed = HomeCache.Clean(FaceBiasHome.Folder, parsed.GetValue(parts) ?? []);
            parsed.InvocationConfiguration.Output.WriteLine($"{Size(freed)} of '{FaceBiasHome.Folder}' are free.");
        });
        Job.WithExample(clean, "cache clean features");
        var command = new Command("cache",
            $"Where models and features are kept ({FaceBiasHome.Variable}), and how large that is.") { clean };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var found = HomeCache.Parts(FaceBiasHome.Folder);
            output.WriteLine($"{FaceBiasHome.Folder} ({FaceBiasHome.Variable} chooses another folder)");
            foreach (var part in found)
                output.WriteLine(
                    string.Create(CultureInfo.InvariantCulture,
                        $"{part.Name,-12}  {Size(part.Bytes),9}  {part.Files,7:N0} files  {part.Meaning}"));
            output.WriteLine(
                $"{"in all",-12}  {Size(found.Sum(p => p.Bytes)),9}; 'facebias cache clean [PART]' deletes what can "
                    + $"be made again.");
        });
        return Job.WithExample(command, "cache");
    }

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N1} MB");
}
