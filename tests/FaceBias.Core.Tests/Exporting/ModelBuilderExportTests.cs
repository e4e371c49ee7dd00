using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FaceBias.Exporting;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Exporting;

public class ModelBuilderExportTests(ExportFixture fixture) : IClassFixture<ExportFixture>
{
    [Fact]
    public async Task The_project_of_a_label_builds_with_its_model_zip_and_predicts_what_facebias_predicts()
    {
        var folder = fixture.NewFolder();
        ModelBuilderExport.Write(fixture.Run, folder, "Genders");
        var program = ExportFixture.Build(folder, "GendersApp");
        var zip = Path.Combine(folder, "out", "Genders.mlnet");
        Assert.True(File.ReadAllBytes(zip).SequenceEqual(File.ReadAllBytes(Path.Combine(folder, "Genders.mlnet"))));
        // One that is turned by its EXIF orientation, and a TIFF, among them.
        string[] pictures = [.. fixture.Pictures, .. ExportFixture.OddPictures(folder, fixture.Pictures[0])];
        var (code, output, error) = ExportFixture.Start(folder, [program, .. pictures]);
        Assert.True(code == 0, error);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(pictures.Length, lines.Length);
        Assert.All(lines, line => Assert.Matches(@"\t(female|male)=[01]\.\d{4} (female|male)=[01]\.\d{4}$", line));
        var expected = fixture.Predict(pictures, "gender_p_female");
        for (var i = 0; i < lines.Length; i++)
            Assert.Equal(expected[i],
                double.Parse(Regex.Match(lines[i], @"female=([\d.]+)").Groups[1].Value, CultureInfo.InvariantCulture),
                1e-4);

        // Four first uses at once, in a folder that cannot be written to.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.GetDirectoryName(program)!, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var before = Directory.GetFiles(Path.GetDirectoryName(program)!);
        var together = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => Task.Run(() => ExportFixture.Start(folder, [program, pictures[0]]))));
        Assert.All(together, t => Assert.Equal((0, lines[0] + "\n"), (t.Code, t.Output)));
        Assert.Equal(before, Directory.GetFiles(Path.GetDirectoryName(program)!));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.GetDirectoryName(program)!,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var text = Path.Combine(folder, "text.jpg");
        File.WriteAllText(text, "hello");
        // libtiff would fill up what a TIFF lacks.
        var cut = Path.Combine(folder, "cut.tif");
        File.WriteAllBytes(cut, File.ReadAllBytes(pictures[^1])[..^1]);
        foreach (var (bad, reason) in new[] { (text, "cannot be read as a picture"),
            (cut, "ends before its picture does") })
        {
            var refused = ExportFixture.Start(folder, program, bad);
            Assert.Equal((2, ""), (refused.Code, refused.Output));
            Assert.Contains(reason, refused.Error, StringComparison.Ordinal);
        }

        // The training file works too: a linear model on the backbone's features, in the same place.
        (code, _, error) = ExportFixture.Start(folder, program, "--train", zip);
        Assert.True(code == 0, error);
        var trained = ExportFixture.Start(folder, [program, .. pictures]);
        Assert.True(trained.Code == 0, trained.Error);
        Assert.NotEqual(output, trained.Output);
    }

    /// <summary>A program such as those that were written around what Model Builder writes for image
    /// classification.</summary>
    private const string Consumer = """
        using Microsoft.ML;
        using GendersApp;

        var imageBytes = File.ReadAllBytes(args[0]);
        Genders.ModelInput sampleData = new Genders.ModelInput()
        {
            ImageSource = imageBytes,
        };
        foreach (var score in Genders.PredictAllLabels(sampleData))
            Console.WriteLine($"{score.Key,-40}{score.Value,-20}");
        Genders.ModelOutput result = Genders.Predict(sampleData);
        var sorted = Genders.GetSortedScoresWithLabels(result).ToDictionary(s => s.Key, s => s.Value);
        uint label = result.Label;
        byte[] same = result.ImageSource;
        if (label != 0 || same.Length != imageBytes.Length || sorted[result.PredictedLabel] != result.Score.Max())
            return 1;

        // The model zip by itself, as a service with a pool of engines reads it.
        var mlContext = new MLContext();
        ITransformer model = mlContext.Model.Load(Path.Combine(AppContext.BaseDirectory, "Genders.mlnet"), out DataViewSchema schema);
        var engine = mlContext.Model.CreatePredictionEngine<Genders.ModelInput, Genders.ModelOutput>(model);
        // What ML.NET itself writes of it.
        mlContext.Model.Save(model, schema, "again.mlnet");
        if (engine.Predict(sampleData).PredictedLabel != result.PredictedLabel || Genders.PredictEngine.Value.OutputSchema["Score"].Name != "Score")
            return 2;

        IDataView data = Genders.LoadImageFromFolder(mlContext, args[1]);
        ITransformer retrained = Genders.RetrainModel(mlContext, data);
        IEstimator<ITransformer> pipeline = Genders.BuildPipeline(mlContext);
        var metrics = mlContext.MulticlassClassification.Evaluate(retrained.Transform(data));
        return metrics.MicroAccuracy > 0.5 ? 0 : 3;
        """;

    [Fact]
    public void A_program_written_for_Model_Builders_files_compiles_unchanged_and_runs()
    {
        var folder = fixture.NewFolder();
        ModelBuilderExport.Write(fixture.Run, folder, "Genders");
        File.WriteAllText(Path.Combine(folder, "Program.cs"), Consumer);
        // A project of another name, as one that the files were moved into.
        File.Move(Path.Combine(folder, "GendersApp.csproj"), Path.Combine(folder, "Shop.csproj"));
        var program = ExportFixture.Build(folder, "Shop");
        var (code, output, error) =
            ExportFixture.Start(folder, program, fixture.Pictures[0], Path.Combine(folder, "images"));
        Assert.True(code == 0, $"{code} {output} {error}");
        SameAsOfMLNet(folder, "Genders", "Shop");
    }

    /// <summary>The model zip, read by ML.NET and written again by it, has the same entries.</summary>
    /// <param name="folder">The folder of both.</param>
    /// <param name="name">The model's class.</param>
    /// <param name="moved">The assembly that the files were moved into, which ML.NET names where it has its
    /// steps.</param>
    private static void SameAsOfMLNet(string folder, string name, string? moved = null)
    {
        using var ours = ZipFile.OpenRead(Path.Combine(folder, $"{name}.mlnet"));
        using var theirs = ZipFile.OpenRead(Path.Combine(folder, "again.mlnet"));
        Assert.Equal(theirs.Entries.Select(e => e.FullName).Order(StringComparer.Ordinal),
            ours.Entries.Select(e => e.FullName).Order(StringComparer.Ordinal));
        // ML.NET adds the commit that it was built of to its version.
        Assert.All(ours.Entries.Where(e => e.Name != "Version.txt"), e =>
        {
            var written = Content(theirs.GetEntry(e.FullName)!);
            if (moved is null || !Encoding.Unicode.GetString(written).Contains(moved, StringComparison.Ordinal))
                Assert.True(Content(e).SequenceEqual(written), e.FullName);
        });

        static byte[] Content(ZipArchiveEntry entry)
        {
            using var stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        }
    }

    [Fact]
    public void The_project_of_a_number_builds_predicts_and_is_trained_anew()
    {
        var folder = fixture.NewFolder();
        ModelBuilderExport.Write(fixture.Run, folder, "Ages", "age");
        var source = Path.Combine(folder, "Program.cs");
        const string again = """
            if (args[0] == "--again")
            {
                var context = new Microsoft.ML.MLContext();
                context.Model.Save(context.Model.Load("Ages.mlnet", out var schema), schema, "again.mlnet");
                // As programs around Model Builder's regressions call it, of its versions with and without quoting.
                var data = Ages.LoadIDataViewFromFile(context, Ages.RetrainFilePath, Ages.RetrainSeparatorChar, Ages.RetrainHasHeader);
                var same = Ages.LoadIDataViewFromFile(context, Ages.RetrainFilePath, Ages.RetrainSeparatorChar, Ages.RetrainHasHeader, Ages.RetrainAllowQuoting);
                return data.GetRowCursor(data.Schema).MoveNext() && same.Schema["ImageSource"].Index == 1 ? 0 : 1;
            }

            """;
        File.WriteAllText(source, File.ReadAllText(source).Replace("if (args[0] == \"--train\")",
            again + "if (args[0] == \"--train\")", StringComparison.Ordinal));
        var program = ExportFixture.Build(folder, "AgesApp");
        Assert.Equal((0, "", ""), ExportFixture.Start(folder, program, "--again"));
        SameAsOfMLNet(folder, "Ages");
        var first = Ages();
        var expected = fixture.Predict(fixture.Pictures, "age");
        for (var i = 0; i < first.Length; i++)
            Assert.Equal(expected[i], first[i], 1e-3);
        var model = Path.Combine(folder, "out", "Ages.mlnet");
        var (code, _, error) = ExportFixture.Start(folder, program, "--train", model);
        Assert.True(code == 0, error);
        var second = Ages();
        Assert.NotEqual(first, second);
        // A linear model on the same features and labels: it is not far off.
        Assert.All(second, age => Assert.InRange(age, -20, 120));

        double[] Ages()
        {
            var (code, output, error) = ExportFixture.Start(folder, [program, .. fixture.Pictures]);
            Assert.True(code == 0, error);
            double[] ages = [
                .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(line => double.Parse(line.Split('\t')[1], CultureInfo.InvariantCulture))];
            Assert.Equal(fixture.Pictures.Length, ages.Length);
            return ages;
        }
    }

    [Fact]
    public void The_configuration_names_scenario_data_and_model_in_the_versions_of_Model_Builder_17()
    {
        var folder = TestPaths.NewFolder();
        ModelBuilderExport.Write(fixture.Run, folder, "Ages", "age");
        var config = Read(folder, "Ages");
        Assert.Equal(("Regression", 5),
            (config.GetProperty("Scenario").GetString(), config.GetProperty("Version").GetInt32()));
        var source = config.GetProperty("DataSource");
        Assert.Equal(("TabularFile", 3, 5),
            (source.GetProperty("Type").GetString(), source.GetProperty("Version").GetInt32(),
                source.GetProperty("ColumnProperties")[0].GetProperty("Version").GetInt32()));
        var table = source.GetProperty("FilePath").GetString()!;
        Assert.Equal("Label\tImageSource", File.ReadLines(table).First());
        Assert.All(File.ReadLines(table).Skip(1), line => Assert.True(File.Exists(line.Split('\t')[1]), line));

        // A label has a folder of images per class, made of the run's manifest or given.
        folder = TestPaths.NewFolder();
        ModelBuilderExport.Write(fixture.Run, folder);
        config = Read(folder, "FaceModel");
        Assert.Equal("ImageClassification", config.GetProperty("Scenario").GetString());
        var images = config.GetProperty("DataSource").GetProperty("FolderPath").GetString()!;
        Assert.Equal(["female", "male"],
            Directory.GetDirectories(images).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(images, "*", SearchOption.AllDirectories),
            f => Assert.True(new FileInfo(f).ResolveLinkTarget(true)?.Exists ?? File.Exists(f), f));
        var history = config.GetProperty("RunHistory");
        Assert.Equal((3, "e0 * e1 * e2"),
            (history.GetProperty("Version").GetInt32(), history.GetProperty("Schema").GetString()));
        Assert.Equal("ImageClassificationMulti", history.GetProperty("Estimators").GetProperty("e1").GetString());
        Assert.Equal(Path.Combine(folder, "FaceModel.mlnet"), history.GetProperty("ModelFilePath").GetString());
        var option = config.GetProperty("TrainingOption");
        Assert.Equal((2, "ClassificationTrainingOption"),
            (option.GetProperty("Version").GetInt32(), option.GetProperty("Type").GetString()));
        Assert.Equal("TrainValidateSplitValidationOption",
            option.GetProperty("ValidationOption").GetProperty("Type").GetString());

        var classes = TestPaths.NewFolder();
        Directory.CreateDirectory(Path.Combine(classes, "female"));
        var missing = Assert.Throws<FaceBiasException>(
            () => ModelBuilderExport.Write(fixture.Run, TestPaths.NewFolder(), data: classes));
        Assert.Contains("has no folder 'male'", missing.Message, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(classes, "male"));
        folder = TestPaths.NewFolder();
        ModelBuilderExport.Write(fixture.Run, folder, data: classes);
        Assert.Equal(classes,
            Read(folder, "FaceModel").GetProperty("DataSource").GetProperty("FolderPath").GetString());
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_sentence()
    {
        var folder = TestPaths.NewFolder();
        Says("does not predict 'race'", () => ModelBuilderExport.Write(fixture.Run, folder, target: "race"));
        Says("is a number", () => ModelBuilderExport.Write(fixture.Run, folder, target: "age", data: folder));
        var table = Path.Combine(folder, "t.csv");
        File.WriteAllText(table, "gender\nmale\n");
        Says("no column of image paths",
            () => ModelBuilderExport.Write(fixture.Run, Path.Combine(folder, "out"), data: table));
        File.WriteAllText(table, "path\nx.jpg\n");
        Says("no column 'gender'",
            () => ModelBuilderExport.Write(fixture.Run, Path.Combine(folder, "out"), data: table));
        Assert.False(Directory.Exists(Path.Combine(folder, "out")));

        static void Says(string part, Action action) =>
            Assert.Contains(part, Assert.Throws<FaceBiasException>(action).Message, StringComparison.Ordinal);
    }

    private static JsonElement Read(string folder, string name) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, $"{name}.mbconfig"))).RootElement;
}
