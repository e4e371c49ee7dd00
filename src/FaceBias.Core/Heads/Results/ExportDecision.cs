using FaceBias.Auditing;
using FaceBias.Core.Heads.Methods;
using FaceBias.Core.Heads.Model;
using FaceBias.Primitives.Statistics;

namespace FaceBias.Core.Heads.Results;

/// <summary>A head against ERM's on the same test rows.</summary>
/// <param name="Rows">Which rows: a group, a class, or all groups.</param>
/// <param name="Erm">ERM's accuracy, or mean absolute error.</param>
/// <param name="Difference">Head minus ERM.</param>
/// <param name="Low">Lower end of its 95% interval.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="P">McNemar's exact test; of numbers and of means over groups a paired t test.</param>
/// <param name="AdjustedP">Corrected by Holm for all groups; null for a single comparison.</param>
internal sealed record HeadComparison(
    string Rows, int N, double Erm, double Head, double Difference, double Low, double High, double P,
    double? AdjustedP = null);

/// <summary>Which head is exported, and why.</summary>
/// <param name="Candidate">The method with the best score on held-out rows, or the one that was asked for.</param>
/// <param name="Exported">The method whose head is exported.</param>
/// <param name="BeatsErm">Whether the candidate was shown to be better than ERM; null where that was not
/// tested.</param>
/// <param name="Judged">The test that decides: on the rows that the rule of selection is about. Null where none was
/// made.</param>
/// <param name="Groups">Every crossed group.</param>
/// <param name="Sentences">What a reader must know.</param>
internal sealed record ExportDecision(
    string Candidate, string Exported, bool? BeatsErm, HeadComparison? Judged, IReadOnlyList<HeadComparison> Groups,
    IReadOnlyList<string> Sentences)
{
    /// <summary>Tests a head against ERM's and decides which is exported.</summary>
    /// <param name="rule">The rule of selection: its worst group or class is ERM's on validation, so that the test rows
    /// have no say in which rows they are asked about.</param>
    /// <param name="candidate">Title and name of the method whose head is tested.</param>
    /// <param name="forced">Whether the candidate is exported whatever the test says.</param>
    /// <param name="erm">ERM's head.</param>
    /// <param name="head">The candidate's head.</param>
    internal static ExportDecision Of(
        HeadData data, SelectionRule rule, (string Title, string Name) candidate, bool forced, TrainedModel erm,
        TrainedModel head)
    {
        double[] Outcomes(TrainedModel of, HeadPart part) =>
            GroupMetrics.Outcomes(part, of.Predict(part), data.Outputs);
        var (before, after, groups) = (Outcomes(erm, data.Test), Outcomes(head, data.Test), data.Groups(data.Test));
        HeadComparison? judged;
        var text = new Words(data.IsNumeric);
        if (rule == SelectionRule.BalancedAverage)
        {
            judged = Average(data, before, after, groups);
        }
        else
        {
            // Of the test rows themselves the group that ERM happens to serve worst would flatter every other head.
            // Environments are where ERM errs, on the test rows too, so they cannot be the rows that it is tested on.
            var byClass = !Selection.NeedsGroups(rule);
            int[] Strata(HeadPart part) => byClass ? (data.IsNumeric ? new int[part.Rows] : part.Target)
                : data.Groups(part);
            var worst = GroupMetrics.Of(
                Outcomes(erm, data.Validation), Strata(data.Validation), byClass ? data.Outputs : data.GroupCount,
                data.IsNumeric).WorstGroup;
            var name = byClass ? data.IsNumeric ? "all" : data.Classes[worst] : data.GroupName(worst);
            judged = Compare(data, name, before, after, Strata(data.Test), worst);
        }
        var compared = Holm(
            [.. Enumerable.Range(0, data.GroupCount).Select(
                g => Compare(data, data.GroupName(g), before, after, groups, g)).OfType<HeadComparison>()]);
        var shown = judged is { P: < 0.05 } && text.IsBetter(judged.Difference);
        var own = GroupMetrics.Of(after, groups, data.GroupCount, data.IsNumeric);
        var ermsWorst = GroupMetrics.Of(before, groups, data.GroupCount, data.IsNumeric).Worst;
        var sinks = rule == SelectionRule.WorstGroup && shown && text.IsBetter(ermsWorst - own.Worst);
        var beats = shown && !sinks;
        var exported = beats || forced ? candidate.Title : "ERM";
        return new(candidate.Title, exported, beats, judged, compared, [.. Sentences()]);

        IEnumerable<string> Sentences()
        {
            if (judged is null)
                yield return $"Whether {candidate.Title} is better than ERM is not estimable: fewer than two test "
                    + "rows of those that the rule of selection is about.";
            else
                yield return $"{candidate.Title} {(shown ? "is better than ERM" : "could not be shown to be better than ERM")} on the {judged.N:N0} test rows of {judged.Rows}{(rule == SelectionRule.BalancedAverage ? "" : ", which ERM serves worst on validation")}: {text.Of(judged)}, p {text.P(judged.P)}.";
            if (sinks)
                yield return $"But its own worst group on the test rows, {data.GroupName(own.WorstGroup)}, has "
                    + $"{text.Metric(own.Worst)}, and ERM's worst group {text.Metric(ermsWorst)}: in its worst group "
                    + "it is not better.";
            var worse = compared.Where(c => !text.IsBetter(c.Difference) && c.Difference != 0)
                .ToLookup(c => c.AdjustedP < 0.05);
            if (worse[true].Any())
                yield return "It is WORSE than ERM in "
                    + $"{string.Join("; ", worse[true].Select(c => $"{c.Rows}: {text.Of(c)}, p {text.P(c.AdjustedP!.Value)} (Holm)"))}.";
            if (worse[false].Any())
                yield return "Worse on these test rows, though the test does not show it: "
                    + $"{string.Join("; ", worse[false].Select(c => $"{c.Rows}: {text.Of(c)}"))}.";
            yield return beats ? $"The head of {candidate.Title} is exported."
                : forced ? $"The head of {candidate.Title} is exported all the same, as asked for."
                : $"So the head of ERM is exported; ‹Export› {candidate.Name} exports the other.".Named();
        }
    }

    private static HeadComparison? Compare(HeadData data, string name, double[] before, double[] after, int[] strata,
        int stratum)
    {
        int[] rows = [.. Enumerable.Range(0, strata.Length).Where(i => strata[i] == stratum)];
        if (rows.Length < 2)
            return null;
        double[] differences = [.. rows.Select(i => after[i] - before[i])];
        var test = data.IsNumeric ? PairedTest.Of(differences)
            : PairedTest.OfLabels(differences.Count(d => d > 0), differences.Count(d => d < 0), rows.Length);
        return new(name, rows.Length, rows.Average(i => before[i]), rows.Average(i => after[i]), test.Mean, test.Low,
            test.High, test.P);
    }

    private static HeadComparison? Average(HeadData data, double[] before, double[] after, int[] groups)
    {
        int[][] strata =
            [.. Enumerable.Range(0, data.GroupCount).Select(
                g => Enumerable.Range(0, groups.Length).Where(i => groups[i] == g).ToArray()).Where(r => r.Length > 1)];
        if (strata.Length == 0)
            return null;
        var test = PairedTest.OfStrata([.. strata.Select(rows => rows.Select(i => after[i] - before[i]).ToArray())]);
        return new("all groups, each of the same weight", strata.Sum(r => r.Length),
            strata.Average(r => r.Average(i => before[i])),
            strata.Average(r => r.Average(i => after[i])), test.Mean, test.Low, test.High, test.P);
    }

    private static HeadComparison[] Holm(HeadComparison[] groups) =>
        [.. groups.Zip(Verdicts.Holm([.. groups.Select(g => g.P)]), (g, p) => g with { AdjustedP = p })];

    /// <summary>Metrics in words: accuracies in percent, errors in their own unit.</summary>
    private readonly record struct Words(bool IsError)
    {
        public bool IsBetter(double difference) => IsError ? difference < 0 : difference > 0;

        public string Metric(double value) => IsError ? value.ToString("0.00", CultureInfo.InvariantCulture)
            : (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + "%";

        public string Of(HeadComparison c)
        {
            var format = IsError ? "+0.00;-0.00;0.00" : "+0.0;-0.0;0.0";
            var scale = IsError ? 1 : 100;
            string F(double value) => (scale * value).ToString(format, CultureInfo.InvariantCulture);
            return $"{Metric(c.Head)} against {Metric(c.Erm)}, difference "
                + $"{F(c.Difference)}{(IsError ? "" : " points")} [{F(c.Low)}, {F(c.High)}]";
        }

        public string P(double p) => p < 0.001 ? "< 0.001" : "= " + p.ToString("0.000", CultureInfo.InvariantCulture);
    }
}
