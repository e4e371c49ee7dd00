using System.Text.RegularExpressions;

namespace FaceBias.Reporting;

/// <summary>Statistics and methods in a line each. Where a table or a text names one it is a link to its line, which
/// stands at the end of the same page, so that it works offline.</summary>
internal static partial class Terms
{
    private const string Prefix = "term-";

    private const string Statistics = "docs/explanation/statistics.md", Metrics = "docs/reference/metrics.md",
        Explain = "docs/how-to/explain.md";

    /// <summary>The names by which tables call a term, other names that running text calls it by, its line, and the
    /// page and heading of the method.</summary>
    private static readonly (string[] Names, string[] InText, string Meaning, string Page)[] s_all =
    [
        (["interval", "95% interval"], ["95% intervals", "bootstrap", "Wilson's", "confidence interval"], "Where the true value lies with the confidence of the report, 95% unless it says otherwise: Wilson's for rates; bootstrap, drawing the rows again with replacement, for means and composed metrics.", Statistics + "#intervals"),
        (["gap"], [], "The worst minus the best group. It is above zero by chance too, the more so the more groups and the fewer rows; therefore the test.", Metrics + "#disparities"),
        (["p"], ["max-T", "Holm", "p, corrected"], "How often chance alone would show as much, were there no difference. Corrected for all tests of the table, so that about 5% of reports on a fair model show any false difference: step-down max-T (Westfall and Young) where group labels are shuffled, else Holm; or Bonferroni over all pairs of groups, where two large ones differ and a tiny one hides it.", Statistics + "#correction-for-many-tests"),
        (["by chance", "expected by chance"], ["shuffles", "group labels are shuffled"], "The mean gap when group labels are shuffled: what a model that treats all groups alike would show.", Statistics + "#gaps-under-equality"),
        (["screening"], ["Benjamini-Hochberg", "Benjamini and Hochberg", "Benjamini and Yekutieli"], "Of the differences that a screening points at, at most the stated share are false on average (Benjamini and Hochberg): it says where to look, and shows nothing.", Statistics + "#correction-for-many-tests"),
        (["margin"], ["two one-sided tests"], "A difference that would not matter. Two one-sided tests show that all differences are within it.", Statistics + "#verdicts"),
        (["any difference"], ["test of homogeneity"], "A test of homogeneity over all groups: it finds differences that the two extremes alone do not show.", Statistics + "#further-tests"),
        (["trend"], ["Cochran and Armitage"], "Cochran and Armitage's test: whether a metric rises or falls along ordered groups.", Statistics + "#further-tests"),
        (["rows to settle it"], [], "Rows in each group with which a difference as large as the margin would be shown in 80 of 100 audits.", Statistics + "#verdicts"),
        (["shrunken"], ["empirical Bayes"], "An estimate drawn towards that of all groups, the more the fewer rows a group has (empirical Bayes).", Statistics + "#small-groups"),
        (["combined", "what its levels add up to"], ["structured regression"], "Structured regression: the metric of a crossed group as the sum of what its levels add, weighed against the group's own rows by what each is worth.", Statistics + "#small-groups"),
        (["verdict"], ["verdicts"], "Gap shown: more than chance makes between groups that are treated alike. Within the margin: no two groups differ by more than would matter. Not enough data: neither is shown, which is not the same as fair.", Statistics + "#verdicts"),
        (["overconfidence"], [], "Mean probability that the model gives its answer, minus the share that is right.", Metrics + "#probabilities"),
        (["calibration error"], [], "Mean distance between the probability given and the share that is right, over ten bins of equal size.", Metrics + "#probabilities"),
        (["accuracy"], [], "Share of rows with the right label.", Metrics + "#labels"),
        (["balanced accuracy"], ["balanced accuracy"], "Mean of the shares that are right of each true class: rare classes count as much as frequent ones.", Metrics + "#labels"),
        (["log-loss"], ["log-loss"], "Mean of −ln of the probability given to the true class: sure and wrong costs most.", Metrics + "#probabilities"),
        (["mean absolute error"], ["mean absolute error"], "Mean distance between the prediction and the truth, whatever its sign.", Metrics + "#numbers"),
        (["mean signed error"], ["mean signed error"], "Mean of prediction minus truth: above zero the model says too much.", Metrics + "#numbers"),
        (["selection rate"], ["selection rate", "selection rates"], "Share of rows for which the class is predicted, whatever the truth.", Metrics + "#labels"),
        (["difference", "change"], ["paired"], "The second minus the first on the same rows; its interval is paired and sees smaller differences than two intervals side by side.", Statistics + "#two-models"),
        (["r²"], ["R²"], "The share of the variance that the prediction explains, or, of a heat map, that its linear surrogate explains of the score; 0 is no better than the mean.", Metrics + "#numbers"),
        (["agreement"], [], "Rank correlation of a map with one drawn with another seed; 1 is the same order of all pixels.", Explain + "#how-far-a-map-can-be-relied-on"),
        (["deletion"], [], "Area under the score while the most relevant pixels are hidden first; lower is better.", Explain + "#how-far-a-map-can-be-relied-on"),
        (["insertion"], [], "Area under the score while the most relevant pixels are shown first; higher is better.", Explain + "#how-far-a-map-can-be-relied-on"),
        (["random"], [], "The same for the map pushed to a random place: what any map of that shape gets.", Explain + "#how-far-a-map-can-be-relied-on"),
        (["road"], [], "Half of how much more the score falls when the most relevant pixels are taken out and imputed than when the least relevant are; above 0 is better than nothing (Rong et al. 2022).", Explain + "#how-far-a-map-can-be-relied-on"),
        (["completeness error"], [], "Distance between the sum of the map and the change of the score that it is to explain; 0 is complete (Sundararajan et al. 2017).", Explain + "#how-far-a-map-can-be-relied-on"),
        (["reliability"], [], "How far a heat map agrees with itself and with what the model does.", Explain + "#how-far-a-map-can-be-relied-on"),
    ];

    private static readonly Dictionary<string, int> s_index = s_all
        .SelectMany((t, i) => t.Names.Select(n => (n, i)))
        .ToDictionary(x => x.n, x => x.i, StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<string, int> s_inText = s_all
        .SelectMany((t, i) => t.InText.Select(n => (n, i))).ToDictionary(x => x.n, x => x.i, StringComparer.Ordinal);

    /// <summary>The longest name first, so that none hides another.</summary>
    private static readonly Regex s_named = new($"(?<![\\w-])({string.Join('|',
        s_inText.Keys.OrderByDescending(n => n.Length).Select(Regex.Escape))})(?![\\w-])", RegexOptions.CultureInvariant);

    /// <summary>The pages and headings that terms name.</summary>
    internal static IEnumerable<string> Pages => s_all.Select(t => t.Page).Distinct();

    /// <summary>The text, with links where it first names a term.</summary>
    public static Html InText(string text)
    {
        var (parts, seen, from) = (new List<Html>(), new HashSet<int>(), 0);
        foreach (Match match in s_named.Matches(text))
        {
            var i = s_inText[match.Value];
            if (!seen.Add(i))
                continue;
            parts.Add(Html.Of($"{text[from..match.Index]}<a class=\"term\" href=\"#{Prefix}{i}\">{match.Value}</a>"));
            from = match.Index + match.Length;
        }
        return Html.Join([.. parts, Html.Of($"{text[from..]}")]);
    }

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
            <dl class="terms">{used.Select(i => Html.Of($"<div id=\"{Prefix}{i}\"><dt>{Title(s_all[i].Names[0])}</dt><dd>{s_all[i].Meaning} <small>{s_all[i].Page}</small></dd></div>"))}</dl></section>
            """);
    }

    private static string Title(string name) => name.Length == 1 ? name : Auditing.MetricText.Title(name);

    [GeneratedRegex($"href=\"#{Prefix}([0-9]+)\"")]
    private static partial Regex Link();
}
