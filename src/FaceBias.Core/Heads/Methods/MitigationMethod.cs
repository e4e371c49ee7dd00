using FaceBias.Core.Heads.Fit;
using FaceBias.Core.Heads.Model;
using FaceBias.Core.Search.Spaces;
using FaceBias.Onnx.Training;

namespace FaceBias.Core.Heads.Methods;

/// <summary>Where a method itself needs the labels of groups; the selection rule may need them beside it.</summary>
[Flags]
internal enum GroupUse
{
    /// <summary>Nowhere.</summary>
    None = 0,

    /// <summary>On the training rows.</summary>
    Training = 1,

    /// <summary>On the validation rows, which it fits parameters on.</summary>
    Fitting = 2,

    /// <summary>For every picture that is predicted later.</summary>
    Prediction = 4,
}

/// <summary>One way to train a head that relies less on a shortcut. A method declares what it may vary and what labels
/// it needs, and trains from a task and settings alone: the same task, settings and seed give the same head.</summary>
internal abstract class MitigationMethod
{
    private protected MitigationMethod(string name, string title, string source, string deviation = "",
        GroupUse groups = GroupUse.None, bool numbers = false) =>
        (Name, Title, Source, Deviation, Groups, HandlesNumbers) = (name, title, source, deviation, groups, numbers);

    /// <summary>Short name for commands and files.</summary>
    public string Name { get; }

    /// <summary>Name for tables.</summary>
    public string Title { get; }

    /// <summary>Where it was published.</summary>
    public string Source { get; }

    /// <summary>Where this differs from its source, in one sentence; empty if nowhere.</summary>
    public string Deviation { get; }

    /// <summary>Where it needs the labels of groups.</summary>
    internal GroupUse Groups { get; }

    /// <summary>Whether it can predict a number instead of a class.</summary>
    public bool HandlesNumbers { get; }

    /// <summary>Whether it fits parameters on validation rows, so that it cannot be trained on them beside.</summary>
    public virtual bool FitsOnValidation => Groups.HasFlag(GroupUse.Fitting);

    /// <summary>What a search may vary.</summary>
    internal abstract IReadOnlyList<Parameter> Space { get; }

    /// <summary>The same as part of a space in which a choice names the method: each under "method.name".</summary>
    internal IEnumerable<Parameter> SpaceUnder(string choice, int index) =>
        Space.Select(p => p with { Name = $"{Name}.{p.Name}", When = [new(choice, [index])] });

    /// <summary>Trains a head.</summary>
    /// <exception cref="TrainingDivergedException">The settings do not work.</exception>
    /// <exception cref="FaceBiasException">The data lack what the method needs.</exception>
    internal abstract TrainedModel Train(MitigationTask task, Settings settings);

    /// <summary>Why the method cannot be used on these data under this rule, in one sentence, or null if it
    /// can.</summary>
    internal string? Unusable(HeadData data)
    {
        if (data.IsNumeric && !HandlesNumbers)
            return $"{Title} is defined for classes, and '{data.Target}' is a number.";
        if (Groups == GroupUse.None)
            return null;
        if (!data.HasGroups)
            return $"{Title} needs the labels of groups; name them with ‹Bias›, or with ‹Features› add _bias.npy files."
                .Named();
        if (Groups.HasFlag(GroupUse.Training) && HeadDataCheck.AbsentGroup(data, data.Train) is >= 0 and var absent)
            return $"{Title} needs every group in training, and '{data.GroupName(absent)}' has no row there.";
        if ((Groups & (GroupUse.Fitting | GroupUse.Prediction)) != 0
            && HeadDataCheck.AbsentGroup(data, data.Validation) is >= 0 and var lacking)
            return $"{Title} needs every group in validation, and '{data.GroupName(lacking)}' has no row there.";
        return null;
    }

    /// <summary>A number whose order of magnitude matters.</summary>
    /// <param name="name">Its name, in kebab case.</param>
    /// <param name="standard">The published value, or the closest that fits frozen features.</param>
    private protected static NumberParameter Log(string name, double standard, double low, double high) =>
        new(name, low, high, Log: true) { Default = standard, Min = Math.Min(0, low) };

    /// <summary>One of some values.</summary>
    private protected static ChoiceParameter Choice(string name, double standard, params double[] choices) =>
        new(name, [.. choices.Select(x => x.ToString("R", CultureInfo.InvariantCulture))])
            { Default = Array.IndexOf(choices, standard) };

    /// <summary>Learning rate, weight decay and width of the head, which nearly all methods vary.</summary>
    private protected static IReadOnlyList<Parameter> Common(double rate = 1e-3, double decay = 1e-3,
        double hidden = 128) =>
    [
        Log("rate", rate, 1e-4, 1e-2),
        Log("decay", decay, 1e-5, 1),
        Choice("hidden", hidden, 0, 128),
    ];

    private protected static HeadShape Shape(MitigationTask task, Settings settings) =>
        new(task.Data.Width, settings.Count("hidden"), task.Data.Outputs);

    private protected static Adam Optimizer(Settings settings) => new() { WeightDecay = settings["decay"] };

    private protected static int Batch(MitigationTask task) => Math.Min(task.Batch, task.Train.Rows);

    private protected static int[] AllRows(MitigationTask task) => [.. Enumerable.Range(0, task.Train.Rows)];

    /// <summary>The training rows of each class, with their own of some values [rows, width].</summary>
    private protected static IEnumerable<(int Class, int[] Rows, float[] Values)> ByClass(MitigationTask task,
        float[] values, int width)
    {
        for (var c = 0; c < task.Data.Outputs; c++)
        {
            int[] rows = [.. AllRows(task).Where(r => task.Train.Target[r] == c)];
            var part = new float[rows.Length * width];
            for (var i = 0; i < rows.Length; i++)
                values.AsSpan(rows[i] * width, width).CopyTo(part.AsSpan(i * width));
            yield return (c, rows, part);
        }
    }

    private protected static TrainedModel Finish(MitigationTask task, HeadNetwork net, TrainingResult fit) =>
        TrainedHead.Of(task, net.Main.Shape, net.Parameters(), fit);

    /// <summary>1 / (size of the row's group), scaled to a mean of 1, for each training row.</summary>
    private protected static double[] InverseSizes(int[] groups, int groupCount)
    {
        var sizes = new double[groupCount];
        foreach (var g in groups)
            sizes[g]++;
        var present = sizes.Count(s => s > 0);
        return [.. groups.Select(g => groups.Length / (present * sizes[g]))];
    }
}
