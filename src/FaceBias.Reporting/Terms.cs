using System.Text.RegularExpressions;

namespace FaceBias.Reporting;

/// <summary>Statistics and methods in a line each. Where a table names one it is a link to its line, which stands at
/// the end of the same page, so that it works offline.</summary>
internal static partial class Terms
{
    private const string Prefix = "term-";

    /// <summary>The names by which tables call a term, and its line.</summary>
    private static readonly (string[] Names, string Meaning)[] s_all =
    [
        (["interval", "95% interval"], "Where the true value lies with the confidence of the report, 95% unless it says otherwise: Wilson's for rates; bootstrap, drawing the rows again with replacement, for means and composed metrics."),
        (["gap"], "The worst minus the best group. It is above zero by chance too, the more so the more groups and the fewer rows; therefore the test."),
        (["p"], "How often chance alone would show as much, were there no difference. Corrected for all tests of the table, so that 5% of reports on a fair model show any false difference: step-down max-T (Westfall and Young) where group labels are shuffled, else Holm."),
        (["by chance", "expected by chance"], "The mean gap when group labels are shuffled: what a model that treats all groups alike would show."),
        (["margin"], "A difference that would not matter. Two one-sided tests show that all differences are within it."),
        (["any difference"], "A test of homogeneity over all groups: it finds differences that the two extremes alone do not show."),
        (["trend"], "Cochran and Armitage's test: whether a metric rises or falls along ordered groups."),
        (["rows to settle it"], "Rows in each group with which a difference as large as the margin would be shown in 80 of 100 audits."),
        (["shrunken"], "An estimate drawn towards that of all groups, the more the fewer rows a group has (empirical Bayes)."),
        (["combined", "what its levels add up to"], "Structured regression: the metric of a crossed group as the sum of what its levels add, weighed against the group's own rows by what each is worth."),
        (["verdict"], "Gap shown: more than chance makes between groups that are treated alike. Within the margin: no two groups differ by more than would matter. Not enough data: neither is shown, which is not the same as fair."),
        (["overconfidence"], "Mean probability that the model gives its answer, minus the share that is right."),
        (["calibration error"], "Mean distance between the probability given and the share that is right, over ten bins of equal size."),
        (["accuracy"], "Share of rows with the right label."),
        (["balanced accuracy"], "Mean of the shares that are right of each true class: rare classes count as much as frequent ones."),
        (["log-loss"], "Mean of −ln of the probability given to the true class: sure and wrong costs most."),
        (["mean absolute error"], "Mean distance between the prediction and the truth, whatever its sign."),
        (["mean signed error"], "Mean of prediction minus truth: above zero the model says too much."),
        (["selection rate"], "Share of rows for which the class is predicted, whatever the truth."),
        (["difference", "change"], "The second minus the first on the same rows; its interval is paired and sees smaller differences than two intervals side by side."),
        (["r²"], "The share of the variance that the prediction explains, or, of a heat map, that its linear surrogate explains of the score; 0 is no better than the mean."),
        (["agreement"], "Rank correlation of a map with one drawn with another seed; 1 is the same order of all pixels."),
        (["deletion"], "Area under the score while the most relevant pixels are hidden first; lower is better."),
        (["insertion"], "Area under the score while the most relevant pixels are shown first; higher is better."),
        (["random"], "The same for the map pushed to a random place: what any map of that shape gets."),
        (["road"], "Half of how much more the score falls when the most relevant pixels are taken out and imputed than when the least relevant are; above 0 is better than nothing (Rong et al. 2022)."),
        (["completeness error"], "Distance between the sum of the map and the change of the score that it is to explain; 0 is complete (Sundararajan et al. 2017)."),
        (["reliability"], "How far a heat map agrees with itself and with what the model does."),
    ];

    private static readonly Dictionary<string, int> s_index = s_all
        .SelectMany((t, i) => t.Names.Select(n => (n, i)))
        .ToDictionary(x => x.n, x => x.i, StringComparer.OrdinalIgnoreCase);

    /// <summary>The text, as a link where it names a term.</summary>
    public static Html Linked(string text) => s_index.TryGetValue(text.Trim(), out var i)
        ? Html.Of($"<a class=\"term\" href=\"#{Prefix}{i}\">{text}</a>") : Html.Of($"{text}");

    /// <summary>The lines of the terms that parts of a page link to; empty where there are none.</summary>
    public static Html Used(IEnumerable<Html> parts)
    {
        int[] used = [.. parts.SelectMany(p => Link().Matches(p.Markup)).Select(m => int.Parse(m.Groups[1].ValueSpan,
            System.Globalization.CultureInfo.InvariantCulture)).Distinct().Order()];
        return used.Length == 0 ? Html.Empty : Html.Of($"""
            <section id="terms" class="screen"><h2>Terms</h2>
            <dl class="terms">{used.Select(i => Html.Of($"<div id=\"{Prefix}{i}\"><dt>{Title(s_all[i].Names[0])}</dt><dd>{s_all[i].Meaning}</dd></div>"))}</dl>
            <p class="quiet">Formulas and sources: docs/explanation/statistics.md and docs/reference/metrics.md.</p></section>
            """);
    }

    private static string Title(string name) => name.Length == 1 ? name : Auditing.Figures.Title(name);

    [GeneratedRegex($"href=\"#{Prefix}([0-9]+)\"")]
    private static partial Regex Link();
}
