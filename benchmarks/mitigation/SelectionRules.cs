using System.Globalization;
using FaceBias;
using FaceBias.Core.Heads.Data;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Results;
using FaceBias.Primitives.Statistics;
using FaceBias.Workflows.Mitigate;

/// <summary>What each rule of selection gives up against choosing by true groups: every method under every rule, on the
/// same data, seeds and settings. Each rule has a folder of its own below OUT, so an interrupted comparison
/// resumes.</summary>
internal static class SelectionRules
{
    private static readonly (SelectionRule Rule, string Name)[] s_rules =
    [
        (SelectionRule.WorstGroup, "worst"), (SelectionRule.BalancedAverage, "balanced"),
        (SelectionRule.WorstClass, "class"), (SelectionRule.Environments, "environments"),
    ];

    public static void Run(string folder, string output, int seeds, int trials, IReadOnlyList<string> methods)
    {
        var data = HeadDataFolder.Read(folder, numeric: false);
        var results = s_rules.Select(r => MitigationRun.Execute(data, new()
        {
            Methods = methods,
            Out = Path.Combine(output, r.Name),
            Seeds = seeds,
            Trials = trials,
            Rule = r.Rule,
            Threads = Math.Max(1, Environment.ProcessorCount),
        })).ToArray();
        Console.WriteLine(
            $"Worst group of the test rows in percent, mean of {seeds} seeds, {trials} settings each; in brackets the "
                + $"difference from choosing by the worst true group, paired by seed, with its 95% t interval\n");
        Console.WriteLine("| method | " + string.Join(" | ", s_rules.Select(r => r.Name)) + " |");
        Console.WriteLine("|---" + string.Concat(s_rules.Select(_ => "|---")) + "|");
        foreach (var method in results[0].Methods)
            Console.WriteLine($"| {method.Title} | " + string.Join(" | ", results.Select(
                r => Cell(r.Methods.FirstOrDefault(m => m.Name == method.Name), method))) + " |");
        Console.WriteLine($"| mean of the methods | " + string.Join(" | ", results.Select(
            r => Percent(100 * r.Methods.Average(m => m.Worst.Mean)))) + " |");
        foreach (var reason in results[0].Skipped)
            Console.WriteLine($"\nLeft out: {reason}");
    }

    private static string Cell(MethodResult? own, MethodResult byGroups)
    {
        if (own is null)
            return "";
        var mean = Percent(100 * own.Worst.Mean);
        if (own == byGroups || own.Seeds.Count != byGroups.Seeds.Count || own.Seeds.Count < 2)
            return mean;
        var lost = PairedTest.Of(
            [.. own.Seeds.Zip(byGroups.Seeds, (a, b) => 100 * (a.Worst - b.Worst))]);
        return $"{mean} ({Signed(lost.Mean)}; {Signed(lost.Low)} to {Signed(lost.High)})";
    }

    // A negative number that rounds to zero has no sign.
    private static string Signed(double points) =>
        (Math.Round(points, 1) + 0.0).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);

    private static string Percent(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
