namespace FaceBias.Core.Heads.Methods;

/// <summary>The methods there are.</summary>
internal static class MitigationMethods
{
    /// <summary>All of them, in the order of tables.</summary>
    public static IReadOnlyList<MitigationMethod> All { get; } =
    [
        new Erm(), new Reweighting(byGroup: false),
        new Jtt(), new Lff(), new George(), new Bpa(), new Debian(), new Caml(), new Afr(), new Self(),
        new Tab(), new FgCcdb(), new Dpe(byGroup: false),
        new Reweighting(byGroup: true), new GroupResampling(), new GroupDro(), new Dfr(), new DfrDro(),
        new Dpe(byGroup: true),
        new Thresholds(), new RejectOption(),
    ];

    /// <summary>Methods by their names; "all" for all.</summary>
    /// <exception cref="FaceBiasException">A name that no method has.</exception>
    public static IReadOnlyList<MitigationMethod> Find(IReadOnlyList<string> names) =>
        names.Count == 0 || names.Contains("all")
        ? All
        : [.. names.Select(n => All.FirstOrDefault(m => m.Name == n) ?? throw new FaceBiasException(
            $"There is no method '{n}'; the methods are {string.Join(", ", All.Select(m => m.Name))}."))];
}
