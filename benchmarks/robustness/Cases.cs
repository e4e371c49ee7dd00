namespace FaceBias.Benchmarks.Robustness;

/// <summary>Cases of one kind. A case depends on the seed and its number alone.</summary>
internal abstract class Cases
{
    public static Cases? Of(string kind) => kind switch
    {
        "pictures" => new PictureCases(),
        "tables" => new TableCases(),
        "models" => new ModelCases(),
        "runs" => new RunCases(),
        _ => null,
    };

    /// <summary>Makes what all cases start from.</summary>
    protected abstract void Prepare(string folder);

    /// <summary>Runs one case.</summary>
    protected abstract Outcome Run(Random random, string folder);

    public void Run(int seed, int from, int count)
    {
        var folder = Directory.CreateTempSubdirectory("facebias-robustness-").FullName;
        // Standard output is the parent's; what the program prints is caught.
        var output = Console.Out;
        try
        {
            Prepare(folder);
            for (var index = from; index < count; index++)
            {
                Outcome outcome;
                try
                {
                    outcome = Run(new Random(HashCode(seed, index)), folder);
                }
                catch (FaceBiasException e)
                {
                    outcome = Outcome.Refused(e.Message);
                }
                catch (Exception e)
                {
                    outcome = Outcome.Failed(e);
                }
                output.WriteLine(
                    $"{index}\t{outcome.Kind}\t{outcome.Text.ReplaceLineEndings("\\n").Replace('\t', ' ')}");
                output.Flush();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int HashCode(int seed, int index) =>
        unchecked((int)(2654435761u * (uint)(seed * 1_000_003 + index)));
}
