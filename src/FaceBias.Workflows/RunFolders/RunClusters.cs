namespace FaceBias.Workflows.RunFolders;

/// <summary>Rows of a run that belong together: what training kept on one side of its splits is not independent in the
/// audit either.</summary>
internal static class RunClusters
{
    /// <summary>Of fewer units no variance can be estimated, and verdicts are about these units alone.</summary>
    private const int FewestUnits = 20;

    /// <summary>An audit of a run's predictions, with its rows taken together by the column that the run kept
    /// together.</summary>
    /// <param name="together">That column; null for none.</param>
    /// <returns>The table with what was assumed among its notices, and the options.</returns>
    public static (Table Table, AuditOptions Options) Of(string? together, Table table, AuditOptions options)
    {
        if (together is null || options.Cluster is not null || options.Weights is not null
            || table.Find(together) is null or { Name: "id" or "path" or "split" })
            return (table, options);
        var names = table.Text(together);
        var splits = table.Find("split") is { } s && options.Split is not null ? table.Text(s.Name) : null;
        int[] codes = [.. Enumerable.Range(0, table.RowCount)
            .Where(r => names.Codes[r] >= 0 && (splits is null || splits[r] == options.Split))
            .Select(r => names.Codes[r])];
        var units = codes.Distinct().Count();
        if (units == codes.Length)
            return (table, options);
        var isEnough = units >= FewestUnits;
        TableNotice notice = new("cluster", together, string.Create(CultureInfo.InvariantCulture,
            $"Images of one '{together}' were kept together in training, {(isEnough
                ? $"and are taken together here: {codes.Length:N0} rows of {units:N0}"
                : $"but only {units:N0} values are among the {codes.Length:N0} rows, too few to take rows together: intervals and verdicts are about these {units:N0} and not about others")}."));
        return (new(table.Columns) { Notices = [.. table.Notices, notice], Origin = table.Origin },
            isEnough ? options with { Cluster = together } : options);
    }

    /// <summary>The column that the run kept together in whose folder a file lies; null where there is none.</summary>
    public static string? Beside(string path) =>
        File.Exists(path) ? RunFolder.TogetherIn(Path.GetDirectoryName(Path.GetFullPath(path))!) : null;
}
