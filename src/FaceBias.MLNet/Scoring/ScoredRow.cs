namespace FaceBias.MLNet.Scoring;

/// <summary>Getters of the columns that a transformer adds.</summary>
internal static class ScoredRow
{
    /// <summary>The schema of the data with the columns added.</summary>
    public static DataViewSchema Schema(DataViewSchema input, ScoringSpec spec)
    {
        var builder = new DataViewSchema.Builder();
        // By index: hidden columns keep their places.
        for (var i = 0; i < input.Count; i++)
            builder.AddColumn(input[i].Name, input[i].Type, input[i].Annotations);
        foreach (var column in spec.Columns)
            builder.AddColumn(column.Name, column.Type, Annotations(column));
        return builder.ToSchema();
    }

    /// <param name="scores">What the graph gave for the present row.</param>
    public static ValueGetter<T> Getter<T>(ScoredColumn column, Func<RowScores> scores)
    {
        var output = column.Output;
        Delegate getter = column.Value switch
        {
            ScoredValue.Vector => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> to) =>
            {
                var from = scores().Outputs[output];
                var editor = VBufferEditor.Create(ref to, from.Length);
                from.CopyTo(editor.Values);
                to = editor.Commit();
            }),
            ScoredValue.Scalar => (ValueGetter<float>)((ref float to) => to = scores().Outputs[output][0]),
            ScoredValue.Probability => (ValueGetter<float>)((ref float to) => to = scores().Outputs[output][1]),
            ScoredValue.LogOdds => (ValueGetter<float>)((ref float to) =>
            {
                var p = scores().Outputs[output];
                to = (float)(Math.Log(Math.Max(p[1], 1e-30)) - Math.Log(Math.Max(p[0], 1e-30)));
                if (float.IsNaN(p[1]))
                    to = float.NaN;
            }),
            ScoredValue.Boolean =>
                (ValueGetter<bool>)((ref bool to) => to = scores().Outputs[output] is var p && p[1] > p[0]),
            ScoredValue.Key => (ValueGetter<uint>)((ref uint to) => to = scores().Key(output)),
            _ => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> to) =>
                to = (scores().Problem ?? "").AsMemory()),
        };
        return getter as ValueGetter<T>
            ?? throw new InvalidOperationException(
                $"Column '{column.Name}' holds values of {column.Type}, not of {typeof(T)}.");
    }

    private static DataViewSchema.Annotations Annotations(ScoredColumn column)
    {
        var to = new DataViewSchema.Annotations.Builder();
        if (column.Classes is { } classes)
        {
            if (column.Value == ScoredValue.Key)
                classes.AddKeyValues(to);
            else
                classes.AddTexts(to, "SlotNames");
        }
        if (column.ScoreKind is { } kind)
        {
            // What ML.NET's scorers say about the columns that they write.
            uint set = (uint)column.Output;
            var value = column.Value switch { ScoredValue.Key or ScoredValue.Boolean => "PredictedLabel",
                ScoredValue.Probability => "Probability", _ => "Score" };
            to.Add("ScoreColumnSetId", new KeyDataViewType(typeof(uint), int.MaxValue), (ref uint v) => v = set + 1);
            to.Add("ScoreColumnKind", TextDataViewType.Instance, (ref ReadOnlyMemory<char> v) => v = kind.AsMemory());
            to.Add("ScoreValueKind", TextDataViewType.Instance, (ref ReadOnlyMemory<char> v) => v = value.AsMemory());
        }
        return to.ToAnnotations();
    }
}
