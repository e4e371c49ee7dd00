using System.Text.Json;
using FaceBias.Primitives.Json;
using FaceBias.Workflows.RunFolders;

namespace FaceBias.Workflows.Compare;

/// <summary>What a run's folder says about it.</summary>
/// <param name="Name">The shortest end of its path that no other compared run has.</param>
/// <param name="Predictions">Its predictions; null where the folder has none.</param>
/// <param name="Seconds">Time of all its steps; null where it is not recorded.</param>
/// <param name="ModelBytes">Size of its model; null for none.</param>
internal sealed record ComparedRun(string Name, string Folder, AuditResult Audit, Table? Predictions, double? Seconds,
    long? ModelBytes)
{
    /// <summary>The SHA-256 of each picture by its id; null where the folder has no manifest.</summary>
    public IReadOnlyDictionary<string, string>? Pictures { get; private init; }

    /// <exception cref="FaceBiasException">There is no audit in the folder, or it cannot be read.</exception>
    public static ComparedRun Read(string folder, string name)
    {
        string In(string file) => Path.Combine(folder, file);
        if (!Directory.Exists(folder))
            throw new FaceBiasException($"There is no folder '{folder}'; name the folders of runs.", ErrorKind.Missing);
        if (!File.Exists(In(RunFolder.AuditFile)))
            throw new FaceBiasException(
                $"'{folder}' has no {RunFolder.AuditFile}; name the ‹Out› folder of 'facebias train' or 'facebias audit'.", ErrorKind.Missing);
        return new(name, folder, AuditFile.Read(In(RunFolder.AuditFile)),
            File.Exists(In(RunFolder.PredictionsFile)) ? TableFile.Read(In(RunFolder.PredictionsFile)) : null,
            Time(In(RunFolder.RecordFile)),
            File.Exists(In(RunFolder.ModelFile)) ? new FileInfo(In(RunFolder.ModelFile)).Length : null)
        {
            Pictures = File.Exists(In(RunFolder.ManifestFile))
                ? Hashes(TableFile.Read(In(RunFolder.ManifestFile))) : null,
        };
    }

    private static Dictionary<string, string> Hashes(Table manifest)
    {
        TextColumn id = manifest.Text("id"), sha256 = manifest.Text("sha256");
        return Enumerable.Range(0, manifest.RowCount).Where(r => sha256[r] is not null)
            .ToDictionary(r => id[r]!, r => sha256[r]!, StringComparer.Ordinal);
    }

    private static double? Time(string record)
    {
        try
        {
            return !File.Exists(record) ? null
                : JsonSerializer.Deserialize<Recorded>(File.ReadAllText(record), CoreJson.Options)?.Steps is
                    { Count: > 0 } steps ? steps.Sum(s => s.Seconds) : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // A record that cannot be read says nothing about time; the audit counts.
            return null;
        }
    }

    private sealed record Recorded(List<Step> Steps);

    private sealed record Step(double Seconds);
}
