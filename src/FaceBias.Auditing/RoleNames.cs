namespace FaceBias.Auditing;

/// <summary>Names by which other programs call the truth and the prediction. A name is a hint to show, never a reason
/// to audit.</summary>
internal static class RoleNames
{
    private static readonly string[]
        s_truth = ["y_true", "truth", "label", "labels", "target", "actual", "ground_truth", "y", "true"],
        s_prediction = ["y_pred", "prediction", "pred", "predicted", "yhat", "y_hat", "predictions"];

    /// <summary>The column that is called a truth; null for none.</summary>
    public static Column? Truth(Table table) => Find(table, s_truth);

    /// <summary>The column that is called a prediction; null for none.</summary>
    public static Column? Prediction(Table table) => Find(table, s_prediction);

    private static Column? Find(Table table, string[] names) =>
        names.Select(n => table.Columns.FirstOrDefault(c => c.Name.Equals(n, StringComparison.OrdinalIgnoreCase)))
            .FirstOrDefault(c => c is not null);
}
