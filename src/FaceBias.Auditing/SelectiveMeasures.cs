using FaceBias.Auditing.Selective;
using FaceBias.Primitives.Randomness;

namespace FaceBias.Auditing;

/// <summary>Measures what abstaining does, by everything in the table that says how sure the model is.</summary>
internal sealed class SelectiveMeasures
{
    private static readonly double[] s_coverages = [1, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1];

    private readonly TargetData _target;
    private readonly AuditOptions _options;
    private readonly bool _plain;
    private readonly string _column;
    private readonly int[] _rows;
    private readonly double[] _uncertainty;
    private readonly double[] _loss;
    private readonly RiskCoverage? _all;
    private readonly double[] _asked;
    private readonly double[] _limits;
    private readonly double[] _covered;

    private SelectiveMeasures(TargetRanks ranks, string column, Func<int, double> uncertainty, AuditOptions options)
    {
        (_target, _options, _column, _plain) =
            (ranks.Target, options, column, ranks.Clusters is null && ranks.Weights is null);
        _rows = [.. ranks.Scored.Where(r => !double.IsNaN(uncertainty(r)))];
        (_uncertainty, _loss) = ([.. _rows.Select(uncertainty)], [.. _rows.Select(Loss)]);
        _all = _rows.Length == 0 ? null : new(_uncertainty, _loss);
        _asked = [.. s_coverages.Append(1 - options.Abstain).Distinct().OrderDescending()];
        var points = Array.ConvertAll(_asked, c => _all?.At(c) ?? -1);
        _limits = Array.ConvertAll(points, p => p < 0 ? double.NegativeInfinity : _all!.Uncertainty[p]);
        _covered = Array.ConvertAll(points, p => p < 0 ? 0 : _all!.Coverage(p));
    }

    /// <summary>The audits of a target, one per measure of certainty.</summary>
    public static List<SelectiveAudit> Of(TargetRanks ranks, IReadOnlyList<Grouping> singles, AuditOptions options)
    {
        var target = ranks.Target;
        var audits = new List<SelectiveAudit>();
        if (target.NoTruth)
            return audits;
        var sources = new List<(string Name, Func<int, double> Value)>();
        if (target.Kind == TargetKind.Categorical && target.Probabilities is { } p)
            sources.Add(("probability", r => 1 - p[target.Predicted[r]][r]));
        if (target.Coverage is { Interval: true } c)
            sources.Add(("interval_width", r => c.Size[r]));
        sources.AddRange(target.Uncertainties.Select(u => (u.Column, (Func<int, double>)(r => u.Values[r]))));
        foreach (var (name, value) in sources)
        {
            var measures = new SelectiveMeasures(ranks, name, value, options);
            // Rows that are all equally sure have no order to abstain in.
            if (measures._rows.Length >= Math.Max(2, options.MinimumCount) && measures._all is { Points: > 1 } all)
                audits.Add(measures.Audit(all, singles));
        }
        return audits;
    }

    private bool IsRate => _target.Kind == TargetKind.Categorical;

    private double Loss(int row) => IsRate ? _target.Predicted[row] == _target.Truth[row] ? 0 : 1
        : Math.Abs(_target.PredictedValue[row] - _target.TruthValue[row]);

    private SelectiveAudit Audit(RiskCoverage all, IReadOnlyList<Grouping> singles)
    {
        var overall = new Sums(_asked.Length);
        for (var i = 0; i < _rows.Length; i++)
            overall.Add(_uncertainty[i], _loss[i], _limits);
        var curve = new SelectiveCurve("", "all", _rows.Length, all.Area(), all.GeneralizedArea(), all.ExcessArea(),
            [.. Enumerable.Range(0, _asked.Length).Select(
                c => new SelectivePoint(_covered[c], overall.Share(c), overall.Risk(c)))]);
        List<SelectiveCurve> curves = [];
        List<AbstentionVerdict> verdicts = [];
        foreach (var grouping in singles)
        {
            var cells = Enumerable.Range(0, grouping.CellCount).Select(
                _ => (Sums: new Sums(_asked.Length), Rows: new List<int>())).ToArray();
            for (var i = 0; i < _rows.Length; i++)
            {
                var (sums, rows) = cells[grouping.Cells[_rows[i]]];
                sums.Add(_uncertainty[i], _loss[i], _limits);
                rows.Add(i);
            }
            int[] compared =
                [.. Enumerable.Range(0, cells.Length).Where(c => cells[c].Rows.Count >= _options.MinimumCount)];
            var references = References([.. compared.Select(c => cells[c].Sums)]);
            for (var c = 0; c < compared.Length; c++)
            {
                var (sums, rows) = cells[compared[c]];
                var own = new RiskCoverage([.. rows.Select(i => _uncertainty[i])], [.. rows.Select(i => _loss[i])]);
                curves.Add(new(grouping.Attributes[0], grouping.Levels(compared[c])[0], rows.Count, own.Area(),
                    own.GeneralizedArea(), own.ExcessArea(),
                    [.. Enumerable.Range(0, _asked.Length).Select(
                        k => new SelectivePoint(_covered[k], sums.Share(k), sums.Risk(k), references[k].Agnostic?[c],
                            references[k].RobinHood?[c]))]));
            }
            verdicts.Add(Verdict(grouping,
                [.. compared.Select(c => (grouping.Levels(c)[0], cells[c].Sums, cells[c].Rows))], references,
                singles.Count));
        }
        return new(_column, IsRate ? "error" : "absolute_error", curve, curves, verdicts);
    }

    /// <summary>The two references at every coverage, as errors of the compared groups; none of numbers.</summary>
    private (double?[]? Agnostic, double?[]? RobinHood)[] References(Sums[] groups)
    {
        if (!IsRate)
            return new (double?[]?, double?[]?)[_asked.Length];
        long[] wrong = [.. groups.Select(g => (long)g.AllLoss)], right = [.. groups.Select((g, i) => g.All - wrong[i])];
        static double?[] Errors(double[] accuracy) =>
            Array.ConvertAll(accuracy, a => double.IsNaN(a) ? (double?)null : 1 - a);
        return [.. Enumerable.Range(0, _asked.Length).Select(c =>
        {
            double keptWrong = groups.Sum(g => g.Loss[c]), keptRight = groups.Sum(g => g.Kept[c]) - keptWrong;
            return ((double?[]?)Errors(AbstentionReferences.GroupAgnostic(right, wrong, keptRight, keptWrong)),
                (double?[]?)Errors(AbstentionReferences.RobinHood(right, wrong, keptRight, keptWrong)));
        })];
    }

    private AbstentionVerdict Verdict(
        Grouping grouping, (string Name, Sums Sums, List<int> Rows)[] groups,
        (double?[]? Agnostic, double?[]? RobinHood)[] references, int attributes)
    {
        var attribute = grouping.Attributes[0];
        var at = Array.IndexOf(_asked, 1 - _options.Abstain);
        AbstentionVerdict None(string reason) =>
            new(attribute, _covered[at], null, null, null, null, null, null, null, null, null, [],
                $"{_target.Name} by {attribute}: {reason}.", reason);
        // A group of which next to nothing is answered has no accuracy to compare.
        int[] compared =
            [.. Enumerable.Range(0, groups.Length).Where(g => groups[g].Sums.Kept[at] >= _options.MinimumCount)];
        if (compared.Length < 2)
            return None($"not estimable: {compared.Length} group{(compared.Length == 1 ? " is" : "s are")} large "
                + "enough to compare among the rows that are answered, and it takes two");
        var worst = compared.MaxBy(g => groups[g].Sums.AllRisk);
        var best = compared.MinBy(g => groups[g].Sums.AllRisk);
        if (worst == best)
            return None("not estimable: the groups have one risk without abstaining, so none of them is the worst");
        double Change(int g) => groups[g].Sums.Risk(at)!.Value - groups[g].Sums.AllRisk;
        double before = groups[worst].Sums.AllRisk - groups[best].Sums.AllRisk, change = Change(worst) - Change(best);
        var agnostic = references[at].Agnostic is { } reference ? reference[worst] - reference[best] : null;
        string[] worsened = [.. compared.Where(g => Change(g) > 0).Select(g => groups[g].Name)];
        Interval? interval = null;
        if (_options.Resample && _plain)
        {
            var random = new RandomSource(_options.Seed).Stream("abstain " + _column, _rows.Length);
            var draws = new double[_options.BootstrapReplicates];
            for (var r = 0; r < draws.Length; r++)
                draws[r] = Draw(ref random, groups[worst].Sums, groups[worst].Rows, at)
                    - Draw(ref random, groups[best].Sums, groups[best].Rows, at);
            draws = Array.FindAll(draws, d => !double.IsNaN(d));
            interval = draws.Length < _options.BootstrapReplicates / 2 ? null
                : Bootstrap.Percentile(draws, change, 1 - ((1 - _options.Confidence) / attributes));
        }
        AbstentionEffect? effect = interval is not { } i ? null
            : i.Low > 0 ? AbstentionEffect.Widens : i.High < 0 ? AbstentionEffect.Narrows : AbstentionEffect.NotShown;
        var why = interval is not null ? null
            : _plain ? "not resampled" : "rows are clustered or weighted, and the bootstrap draws single rows";
        return new(attribute, _covered[at], groups[worst].Name, groups[best].Name, before, before + change, agnostic,
            change, interval?.Low, interval?.High, effect, worsened,
            Sentence(attribute, groups[worst].Name, groups[best].Name, before, change, interval, effect, agnostic,
                worsened, _covered[at]), why);
    }

    /// <summary>A replicate of how a group's risk changes where it abstains.</summary>
    private double Draw(ref SeededRandom random, Sums group, List<int> rows, int at)
    {
        if (IsRate)
        {
            long lost = (long)group.Loss[at], all = (long)group.AllLoss;
            Span<long> drawn = stackalloc long[4];
            CountSampling.Multinomial(ref random,
                [lost, group.Kept[at] - lost, all - lost, group.All - group.Kept[at] - (all - lost)], drawn);
            return ((double)drawn[0] / (drawn[0] + drawn[1])) - ((double)(drawn[0] + drawn[2]) / group.All);
        }
        if (rows.Count > Bootstrap.ExpandFrom)
            return group.Risk(at)!.Value - group.AllRisk + (random.NextNormal() * Deviation(group, rows, at));
        double kept = 0, keptLoss = 0, loss = 0;
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[random.NextInt(rows.Count)];
            loss += _loss[row];
            if (_uncertainty[row] <= _limits[at])
                (kept, keptLoss) = (kept + 1, keptLoss + _loss[row]);
        }
        return (keptLoss / kept) - (loss / rows.Count);
    }

    /// <summary>The standard error of that change, by the delta method.</summary>
    private double Deviation(Sums group, List<int> rows, int at)
    {
        if (group.Deviation is { } known)
            return known;
        double all = group.AllRisk, kept = group.Risk(at)!.Value, share = group.Share(at), squares = 0;
        foreach (var row in rows)
        {
            var influence = ((_uncertainty[row] <= _limits[at] ? _loss[row] - kept : 0) / share) - (_loss[row] - all);
            squares += influence * influence;
        }
        group.Deviation = Math.Sqrt(squares) / rows.Count;
        return group.Deviation.Value;
    }

    private string Sentence(
        string attribute, string worst, string best, double before, double change, Interval? interval,
        AbstentionEffect? effect, double? agnostic, string[] worsened, double coverage)
    {
        string Size(double v) => IsRate ? (100 * v).ToString("0.0", CultureInfo.InvariantCulture) + " points"
            : v.ToString("0.00", CultureInfo.InvariantCulture) + (_target.Unit is { } unit ? " " + unit : "");
        var what = $"{_target.Name} by {attribute}: answering the surest "
            + $"{(100 * coverage).ToString("0.#", CultureInfo.InvariantCulture)}% of all rows (by "
            + $"{_column.Replace('_', ' ')}) takes the gap of the {(IsRate ? "error" : "mean absolute error")} "
            + $"between {worst} and {best} from {Size(before)} to {Size(before + change)}";
        var range = interval is { } i ? $" (a change between {Size(i.Low)} and {Size(i.High)})" : "";
        var verdict = effect switch
        {
            AbstentionEffect.Widens => $"{range}: abstaining widens it.",
            AbstentionEffect.Narrows => $"{range}: abstaining narrows it.",
            AbstentionEffect.NotShown => $"{range}: neither widening nor narrowing is shown.",
            _ => ".",
        };
        var reference = agnostic is { } a ? $" Abstaining without regard to groups would leave {Size(a)}." : "";
        var worse = worsened.Length == 0 ? ""
            : $" The answers of {string.Join(", ", worsened.Take(4))}{(worsened.Length > 4 ? ", ..." : "")} get worse "
                + "themselves.";
        return what + verdict + reference + worse;
    }

    /// <summary>Of some rows, at every limit of certainty: how many are answered, and the sum of their
    /// losses.</summary>
    private sealed class Sums(int limits)
    {
        public int All { get; private set; }

        public double AllLoss { get; private set; }

        public int[] Kept { get; } = new int[limits];

        public double[] Loss { get; } = new double[limits];

        public double? Deviation { get; set; }

        public double AllRisk => AllLoss / All;

        public double Share(int limit) => (double)Kept[limit] / All;

        public double? Risk(int limit) => Kept[limit] == 0 ? null : Loss[limit] / Kept[limit];

        public void Add(double uncertainty, double loss, double[] limits)
        {
            (All, AllLoss) = (All + 1, AllLoss + loss);
            for (var c = 0; c < limits.Length && uncertainty <= limits[c]; c++)
                (Kept[c], Loss[c]) = (Kept[c] + 1, Loss[c] + loss);
        }
    }
}
