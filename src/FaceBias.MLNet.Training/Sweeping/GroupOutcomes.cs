using FaceBias.Core.Heads.Methods;

namespace FaceBias.MLNet.Sweeping;

/// <summary>The truth and the groups of validation rows, and how well predictions serve each group.</summary>
internal sealed class GroupOutcomes
{
    private readonly string?[] _classes;
    private readonly double[] _numbers;
    private readonly int[] _groups;
    private readonly string[] _names;
    private readonly int _minimum;

    /// <param name="data">The validation rows.</param>
    /// <param name="groups">Columns whose crossings are the groups.</param>
    /// <param name="isNumber">Whether a number is predicted.</param>
    /// <param name="minimum">Rows that a group needs to be compared.</param>
    /// <exception cref="ArgumentException">A column is missing, or no group has enough rows.</exception>
    public GroupOutcomes(IDataView data, string label, IReadOnlyList<string> groups, bool isNumber, int minimum)
    {
        var view = MemoryView.Of(data, [label, .. groups]);
        var joined = SubgroupColumns.Labels(view, groups);
        _names = [.. joined.Distinct().Order(StringComparer.Ordinal)];
        _groups = [.. joined.Select(g => Array.BinarySearch(_names, g, StringComparer.Ordinal))];
        _classes = isNumber ? [] : SubgroupColumns.Texts(view, label);
        _numbers = isNumber ? SubgroupColumns.Numbers(view, label) : [];
        _minimum = minimum;
        if (!joined.CountBy(g => g).Any(g => g.Value >= minimum))
            throw new ArgumentException(
                $"No group has {minimum} validation rows; give more rows, fewer group columns or a smaller minimum count.", nameof(data));
    }

    public string Name(int group) => group < 0 ? "" : _names[group];

    /// <summary>The group of each row, for keys of journals.</summary>
    public IEnumerable<string> Groups => _groups.Select(Name);

    /// <summary>The truth of each row, for keys of journals.</summary>
    public object Truth => _classes.Length > 0 ? _classes : Array.ConvertAll(_numbers, BitConverter.DoubleToInt64Bits);

    /// <summary>Judges predictions. Of equally bad groups the first by name is the worst.</summary>
    /// <param name="predictions">Data with the predictions, in the order of the rows.</param>
    /// <param name="column">The predicted label, or the score of a number.</param>
    public GroupMetrics Judge(IDataView predictions, string column)
    {
        var view = MemoryView.Read(predictions, [column]);
        double[] outcomes;
        if (_classes.Length > 0)
        {
            var found = SubgroupColumns.Texts(view, column);
            outcomes = [.. _classes.Select((truth, i) => truth is null ? double.NaN : truth == found[i] ? 1 : 0)];
        }
        else
        {
            var found = SubgroupColumns.Numbers(view, column);
            outcomes = [.. _numbers.Select((truth, i) => Math.Abs(truth - found[i]))];
            // A row without a prediction cannot be passed over: a trial that gives none must not win.
            if (Enumerable.Range(0, outcomes.Length).Any(i => double.IsNaN(found[i]) && !double.IsNaN(_numbers[i])))
                throw new FaceBiasException(
                    $"'{column}' has no number for some validation rows; take them out before the sweep.");
        }
        return GroupMetrics.Of(outcomes, _groups, _names.Length, _numbers.Length > 0, _minimum);
    }
}
