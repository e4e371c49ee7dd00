using FaceBias.Core.Heads.Methods;
using FaceBias.MLNet.Scoring;
using FaceBias.MLNet.Training;
using FaceBias.Onnx.Graphs;

namespace FaceBias.MLNet.Mitigation;

/// <summary>What is predicted, and so which columns come out.</summary>
internal enum MitigationTaskKind
{
    /// <summary>One of several classes: a key and a vector of probabilities.</summary>
    Multiclass,

    /// <summary>Yes or no: a boolean, log odds and a probability.</summary>
    Binary,

    Regression,
}

/// <summary>Trains a head on frozen features by a method that relies less on a shortcut: every method of <c>facebias
/// mitigate</c> that needs no group to predict. The same rows, options and seed give the same head. Groups are of
/// <em>perceived</em> attributes.</summary>
/// <remarks>Rows with a feature that is not finite, or without a label or group, are passed over, as ML.NET's trainers
/// do.</remarks>
public sealed class MitigationTrainer : IEstimator<ModelTransformer>
{
    private const int MostLevels = 100;

    private readonly MitigationMethod _method;
    private readonly MitigationTrainerOptions _options;
    private readonly MitigationTaskKind _kind;
    private readonly Settings _settings;

    internal MitigationTrainer(string method, MitigationTrainerOptions options, MitigationTaskKind kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        options.Check();
        var trainers = MitigationMethods.All.Where(m => !m.Groups.HasFlag(GroupUse.Prediction)).ToArray();
        _method = trainers.FirstOrDefault(m => m.Name == method) ?? throw new ArgumentException(
            $"There is no trainer '{method}'; the methods are {string.Join(", ", trainers.Select(m => m.Name))}.",
            nameof(method));
        if (kind == MitigationTaskKind.Regression && !_method.HandlesNumbers)
            throw new ArgumentException($"{_method.Title} is defined for classes, not for numbers.", nameof(method));
        if (_method.Groups != GroupUse.None && options.GroupColumnName is null)
            throw new ArgumentException($"{_method.Title} needs the labels of groups; name their column.",
                nameof(options));
        if (options.Hyperparameters.Keys.FirstOrDefault(k => _method.Space.All(h => h.Name != k)) is { } unknown)
            throw new ArgumentException(
                $"{_method.Title} has no hyperparameter '{unknown}'; it has "
                    + $"{string.Join(", ", _method.Space.Select(h => h.Name))}.", nameof(options));
        (_options, _kind) = (options, kind);
        _settings = Settings.Defaults(_method.Space).With(options.Hyperparameters);
    }

    /// <summary>Trains.</summary>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="FaceBiasException">The rows lack what the method needs.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ModelTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var width = Width(input.Schema);
        var (rows, features) = Read(input, width, null);
        ModelTransformer.Check(Spec(width, rows.Classes), input.Schema);
        HeadPart train, validation;
        TrainerColumns? held = null;
        if (_options.ValidationSet is { } given)
        {
            if (Width(given.Schema) != width)
                throw new ArgumentException(
                    $"The validation features have {Width(given.Schema)} slots where the training features have {width}.", nameof(input));
            (held, var heldFeatures) = Read(given, width, rows.Classes);
            var levels = Levels(rows);
            (train, validation) = (Part(rows, features, width, levels), Part(held, heldFeatures, width, levels));
        }
        else
        {
            var mask = rows.Validation(_options.ValidationSetFraction, _options.Seed);
            var all = Part(rows, features, width, Levels(rows));
            train = all.Take([.. Enumerable.Range(0, rows.Rows).Where(i => !mask[i])]);
            validation = all.Take([.. Enumerable.Range(0, rows.Rows).Where(i => mask[i])]);
        }
        var data = new HeadData
        {
            Train = train,
            Validation = validation,
            // Nothing is measured here; a part is asked for.
            Test = validation,
            Target = _options.LabelColumnName,
            Classes = rows.Classes?.Texts ?? [],
            Bias = _options.GroupColumnName ?? "",
            Levels = _options.GroupColumnName is null ? [] : Levels(rows),
        };
        if (_method.Unusable(data) is { } reason)
            throw new FaceBiasException(reason);
        var task = MitigationTask.Prepare(data).With(
            _options.Selection ?? (data.HasGroups ? SelectionRule.WorstGroup : SelectionRule.WorstClass),
            unchecked((ulong)_options.Seed), _options.MaximumNumberOfEpochs,
            _options.Patience, _options.BatchSize, _options.CancellationToken,
            _options.MetricsCallback is { } told ? epoch =>
            {
                told(epoch);
                return true;
            }
        : null);
        return ModelTransformer.Of(Spec(width, rows.Classes),
            OnnxFile.ToBytes(_method.Train(task, _settings).Graph));
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (var needed in new[] { _options.LabelColumnName, _options.GroupColumnName })
            if (needed is not null && inputSchema.All(c => c.Name != needed))
                throw new ArgumentException($"The data have no column '{needed}'.", nameof(inputSchema));
        return ModelEstimator.Shape(Spec(1, _kind == MitigationTaskKind.Regression ? null : new(["0", "1"])),
            inputSchema);
    }

    private int Width(DataViewSchema schema)
    {
        var column = schema.GetColumnOrNull(_options.FeatureColumnName)
            ?? throw new ArgumentException(
                $"The data have no column '{_options.FeatureColumnName}'; they have "
                    + $"{schema.Select(c => c.Name).Distinct().Quoted()}.");
        return column.Type is VectorDataViewType { ItemType.RawType: var item, Size: > 0 and var size }
            && item == typeof(float) ? size
            : throw new ArgumentException(
                $"Column '{column.Name}' is of type {column.Type}; features are a vector of Single of a known size.");
    }

    /// <summary>The rows that can be trained on, and their features one after the other.</summary>
    private (TrainerColumns Rows, float[] Features) Read(IDataView data, int width, ClassNames? classes)
    {
        var groups = _options.GroupColumnName is { } group ? new[] { group } : [];
        var view = MemoryView.Read(data, [_options.LabelColumnName, .. groups, _options.FeatureColumnName]);
        var rows = TrainerColumns.Read(view, _options.LabelColumnName, groups, _kind == MitigationTaskKind.Regression,
            classes);
        var vectors = view.Values<VBuffer<float>>(_options.FeatureColumnName);
        int[] usable = [
            .. Enumerable.Range(0, rows.Rows).Where(
                i => !rows.IsMissing(i) && rows.Groups[i] != SubgroupColumns.Missing
                    && vectors[i].DenseValues().All(float.IsFinite))];
        if (usable.Length == 0)
            throw new FaceBiasException(
                $"None of the {rows.Rows:N0} rows has finite features and a "
                    + $"label{(groups.Length > 0 ? ", and a group" : "")}.");
        var features = new float[usable.Length * width];
        for (var i = 0; i < usable.Length; i++)
            vectors[usable[i]].CopyTo(features.AsSpan(i * width, width));
        return (rows with
        {
            Codes = [.. usable.Where(_ => rows.Classes is not null).Select(i => rows.Codes[i])],
            Values = [.. usable.Where(_ => rows.Classes is null).Select(i => rows.Values[i])],
            Groups = [.. usable.Select(i => rows.Groups[i])],
        }, features);
    }

    private string[] Levels(TrainerColumns rows)
    {
        string[] levels = [.. rows.Groups.Distinct().Order(StringComparer.Ordinal)];
        return levels.Length <= MostLevels ? levels : throw new ArgumentException(
            $"Column '{_options.GroupColumnName}' has {levels.Length:N0} different values; groups are at most "
                + $"{MostLevels}. Cut a number into bands first.");
    }

    private HeadPart Part(TrainerColumns rows, float[] features, int width, string[] levels) => new(
        features, width, rows.Codes, rows.Values,
        _options.GroupColumnName is null ? null
            : [.. rows.Groups.Select(
                g => Array.BinarySearch(levels, g, StringComparer.Ordinal) is >= 0 and var level ? level
            : throw new FaceBiasException(
                $"The validation rows have the group '{g}' of '{_options.GroupColumnName}', which no training row has."))]);

    private ScoringSpec Spec(int width, ClassNames? classes)
    {
        if (_kind == MitigationTaskKind.Binary && classes is not null && !classes.Texts.SequenceEqual(["false", "true"])
            && !classes.Texts.SequenceEqual(["0", "1"]))
            throw new ArgumentException(
                $"Column '{_options.LabelColumnName}' holds "
                    + $"{classes.Texts.Take(5).Quoted()}; a binary label is a "
                    + "boolean, or 0 and 1.");
        return new()
        {
            InputColumn = _options.FeatureColumnName,
            InputLength = width,
            ScoresAgain = true,
            Outputs = [_kind switch
            {
                MitigationTaskKind.Regression =>
                    new(_options.LabelColumnName, 1, OutputShape.Number, _options.ScoreColumnName),
                MitigationTaskKind.Binary =>
                    new(_options.LabelColumnName, 2, OutputShape.Binary, _options.ScoreColumnName,
                        _options.PredictedLabelColumnName, _options.ProbabilityColumnName),
                _ => new(_options.LabelColumnName, classes!.Count, OutputShape.Classes, _options.ScoreColumnName,
                    _options.PredictedLabelColumnName, Classes: classes),
            }],
        };
    }
}
