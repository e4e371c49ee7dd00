using System.Text.Json;

namespace FaceBias.Synthesis;

/// <summary>Writes a data set of drawn faces: <c>images/000000.jpg ...</c>, <c>labels.csv</c>, <c>planted.json</c> and
/// <c>synth.json</c> (spec, seed and number of files, so that another run can tell whether to resume).</summary>
public static class SynthDataSet
{
    /// <summary>Maximum number of files of a data set.</summary>
    public const int MaxCount = 10_000_000;

    /// <summary>Draws the pictures that the folder does not have yet, then writes labels and what was planted. The same
    /// spec, seed and count give the same bytes on any number of threads.</summary>
    /// <param name="spec">What the faces are like and what is planted.</param>
    /// <param name="count">Number of files.</param>
    /// <param name="seed">Seed.</param>
    /// <param name="folder">Where to write; made if absent.</param>
    /// <param name="progress">Told how many pictures are drawn.</param>
    /// <param name="cancellationToken">Stops between pictures; the same call resumes later.</param>
    /// <param name="threads">Threads; 0 for one per core.</param>
    /// <returns>What was planted.</returns>
    /// <exception cref="FaceBiasException">A field of the spec is out of range, the count does not fit it, or the
    /// folder holds other data.</exception>
    public static PlantedRecord Write(
        SynthSpec spec, int count, long seed, string folder, IProgress<StepProgress>? progress = null,
        int threads = 0, CancellationToken cancellationToken = default)
    {
        OptionLimits.CheckThreads(threads);
        ArgumentNullException.ThrowIfNull(spec);
        SynthSpecCheck.Check(spec, "the spec");
        if (count is < 1 or > MaxCount)
            throw new FaceBiasException($"‹Count› must be from 1 to {MaxCount}, but is {count}; correct it.");
        var plan = new SynthPlan(spec, count, seed);
        var picture = new SynthPicture(spec, plan, seed);
        var images = Path.Combine(folder, "images");
        Claim(folder, images, spec, count, seed);

        long done = 0, cached = 0;
        var options = new ParallelOptions { CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount };
        try
        {
            Parallel.For(0, count, options, i =>
            {
                var path = Path.Combine(images, FileName(spec, i));
                if (File.Exists(path))
                    Interlocked.Increment(ref cached);
                else
                    AtomicFile.WriteBytes(path, picture.Render(i));
                var now = Interlocked.Increment(ref done);
                if (now % 16 == 0 || now == count)
                    progress?.Report(
                        new StepProgress("drawing faces", now, count, "images", Interlocked.Read(ref cached)));
            });
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<FaceBiasException>().FirstOrDefault() is { } first)
        {
            throw first;
        }
        cancellationToken.ThrowIfCancellationRequested();
        var record = Describe(spec, plan, picture, seed);
        WriteLabels(Path.Combine(folder, "labels.csv"), spec, plan, picture);
        record.Write(Path.Combine(folder, "planted.json"));
        return record;
    }

    /// <summary>The name of a file, as the labels have it.</summary>
    internal static string FileName(SynthSpec spec, int index) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{index:000000}.{(spec.Format == SynthFormat.Png ? "png" : "jpg")}");

    /// <summary>The gender that the labels give: the true one, unless the label is wrong or conflicts on
    /// purpose.</summary>
    internal static SynthGender LabelledGender(SynthPlan plan, int index, SynthGender gender) =>
        plan.HasWrongLabel(index) != (plan.Kind(index) == SynthKind.ConflictingDuplicate) ? 1 - gender : gender;

    private static void Claim(string folder, string images, SynthSpec spec, int count, long seed)
    {
        var marker = Path.Combine(folder, "synth.json");
        var text = JsonSerializer.Serialize(new Made(spec, count, seed), SynthSpecFile.Json);
        try
        {
            Directory.CreateDirectory(images);
            if (File.Exists(marker))
            {
                if (File.ReadAllText(marker) != text)
                    throw new FaceBiasException(
                        $"'{folder}' holds drawn faces of another spec, seed or count; choose another ‹Out›, or "
                            + "delete that folder.");
                return;
            }
            if (Directory.EnumerateFileSystemEntries(images).Any())
                throw new FaceBiasException($"'{images}' holds files that were not drawn here; choose another ‹Out›.");
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw FileFault.Of($"Cannot write to '{folder}'", e, "choose another ‹Out›");
        }
        AtomicFile.WriteText(marker, text);
    }

    private static void WriteLabels(string path, SynthSpec spec, SynthPlan plan, SynthPicture picture) =>
        AtomicFile.Write(path, temporary =>
    {
        using var writer = new StreamWriter(temporary);
        writer.NewLine = "\n";
        writer.WriteLine("image,gender,age,skin_tone,skin_group,hair,hair_colour,glasses,background,light,split");
        for (var i = 0; i < plan.Count; i++)
        {
            var f = picture.Attributes(i);
            writer.WriteLine(string.Join(',',
                FileName(spec, i), SynthNames.Of(LabelledGender(plan, i, f.Gender)),
                f.Age.ToString(CultureInfo.InvariantCulture),
                MonkSkinTone.Label(f.SkinTone), MonkSkinTone.Group(f.SkinTone), SynthNames.Of(f.Hair),
                SynthNames.Of(f.HairColour),
                SynthNames.YesNo(f.Glasses), SynthNames.Of(f.Background), SynthNames.Of(f.Light),
                SynthNames.Splits[plan.Split(i)]));
        }
    });

    private static PlantedRecord Describe(SynthSpec spec, SynthPlan plan, SynthPicture picture, long seed)
    {
        var byKind = Enumerable.Range(0, plan.Count).ToLookup(plan.Kind);
        var faces = byKind[SynthKind.Face].ToArray();
        return new PlantedRecord
        {
            Seed = seed,
            Count = plan.Count,
            Faces = faces.Length,
            ExactDuplicates = Copies(SynthKind.ExactDuplicate),
            NearDuplicates = Copies(SynthKind.NearDuplicate),
            ConflictingDuplicates = Copies(SynthKind.ConflictingDuplicate),
            NonFaces = Files(byKind[SynthKind.NonFace]),
            Unreadable = Files(byKind[SynthKind.Unreadable]),
            WrongLabels = Files(faces.Where(plan.HasWrongLabel)),
            RareGroup = spec.Planted.RareGroup is { } group ? Group(group) : null,
            Correlation = spec.Planted.Correlation is { } correlation ? Correlation(correlation) : null,
        };

        PlantedCopy[] Copies(SynthKind kind) =>
            [.. byKind[kind].Select(i => new PlantedCopy(FileName(spec, i), FileName(spec, plan.Source(i))))];

        string[] Files(IEnumerable<int> indexes) => [.. indexes.Select(i => FileName(spec, i))];

        PlantedGroup Group(SynthRareGroup group)
        {
            var members = faces.Where(i => plan.InRareGroup(i) == true).ToArray();
            var inTest = members.Count(i => plan.Split(i) == 2);
            var ofTest = faces.Count(i => plan.Split(i) == 2);
            return new PlantedGroup(group.Describe(), members.Length - inTest, faces.Length - ofTest, inTest, ofTest,
                Files(members));
        }

        PlantedCorrelation Correlation(SynthCorrelation c)
        {
            var counts = new int[2, 2];
            List<string> against = [];
            foreach (var i in faces)
            {
                var f = picture.Attributes(i);
                var value = c.Nuisance switch
                {
                    "glasses" => SynthNames.YesNo(f.Glasses),
                    "background" => SynthNames.Of(f.Background),
                    _ => SynthNames.Of(f.Light),
                };
                var agrees = (f.Gender == SynthGender.Female ? c.Female : c.Male).Contains(value);
                counts[plan.IsBalanced(i) ? 1 : 0, agrees ? 1 : 0]++;
                if (!agrees)
                    against.Add(FileName(spec, i));
            }
            return new PlantedCorrelation(c.Nuisance,
                $"{string.Join(" or ", c.Female)} with female, {string.Join(" or ", c.Male)} with male",
                counts[0, 1], counts[0, 0] + counts[0, 1], counts[1, 1], counts[1, 0] + counts[1, 1], against);
        }
    }

    /// <summary>What <c>synth.json</c> holds.</summary>
    private sealed record Made(SynthSpec Spec, int Count, long Seed);
}
