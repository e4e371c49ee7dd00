using System.Globalization;
using System.Text.Json;
using FaceBias.Exporting;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Exporting;

public class ModelBuilderExportTests(ExportFixture fixture) : IClassFixture<ExportFixture>
{
    [Fact]
    public void The_project_of_a_label_builds_and_predicts_from_its_model_zip()
    {
        var folder = fixture.NewFolder();
        ModelBuilderExport.Write(fixture.Run, folder, "Genders");
        var program = ExportFixture.Build(folder, "GendersApp");
        var (code, output, error) = ExportFixture.Start(folder, [program, .. fixture.Pictures]);
        Assert.True(code == 0, error);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(fixture.Pictures.Length, lines.Length);
        Assert.All(lines, line => Assert.Matches(@"\.jpg\t(female|male)=[01]\.\d{4} (female|male)=[01]\.\d{4}$", line));
        Assert.True(File.Exists(Path.Combine(folder, "out", "Genders.mlnet")));
        Assert.Equal(output, ExportFixture.Start(folder, [program, .. fixture.Pictures]).Output);

        // The training file works too: a linear model on the backbone's features, in the same place.
        (code, _, error) = ExportFixture.Start(folder, program, "--train", Path.Combine(folder, "out", "Genders.mlnet"));
        Assert.True(code == 0, error);
        var trained = ExportFixture.Start(folder, [program, .. fixture.Pictures]);
        Assert.Equal(0, trained.Code);
        Assert.NotEqual(output, trained.Output);
    }

    [Fact]
    public void The_project_of_a_number_builds_predicts_and_is_trained_anew()
    {
        var folder = fixture.NewFolder();
        ModelBuilderExport.Write(fixture.Run, folder, "Ages", "age");
        var program = ExportFixture.Build(folder, "AgesApp");
        var first = Ages();
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
            double[] ages = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => double.Parse(line.Split('\t')[1], CultureInfo.InvariantCulture))];
            Assert.Equal(fixture.Pictures.Length, ages.Length);
            return ages;
        }
    }

    [Fact]
    public void The_configuration_names_scenario_and_data()
    {
        var folder = TestPaths.NewFolder();
        ModelBuilderExport.Write(fixture.Run, folder, "Ages", "age");
        var config = Read(folder, "Ages");
        Assert.Equal("Regression", config.GetProperty("Scenario").GetString());
        var source = config.GetProperty("DataSource");
        var table = source.GetProperty("FilePath").GetString()!;
        Assert.Equal("ImageSource\tLabel", File.ReadLines(table).First());
        Assert.All(File.ReadLines(table).Skip(1), line => Assert.True(File.Exists(line.Split('\t')[0]), line));

        var classes = TestPaths.NewFolder();
        Directory.CreateDirectory(Path.Combine(classes, "female"));
        var missing = Assert.Throws<FaceBiasException>(() => ModelBuilderExport.Write(fixture.Run, TestPaths.NewFolder(), data: classes));
        Assert.Contains("has no folder 'male'", missing.Message, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(classes, "male"));
        folder = TestPaths.NewFolder();
        ModelBuilderExport.Write(fixture.Run, folder, data: classes);
        Assert.Equal("ImageClassification", Read(folder, "FaceModel").GetProperty("Scenario").GetString());
        Assert.Equal(classes, Read(folder, "FaceModel").GetProperty("DataSource").GetProperty("FolderPath").GetString());
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_sentence()
    {
        var folder = TestPaths.NewFolder();
        Says("does not predict 'race'", () => ModelBuilderExport.Write(fixture.Run, folder, target: "race"));
        Says("is a number", () => ModelBuilderExport.Write(fixture.Run, folder, target: "age", data: folder));
        var table = Path.Combine(folder, "t.csv");
        File.WriteAllText(table, "gender\nmale\n");
        Says("no column of image paths", () => ModelBuilderExport.Write(fixture.Run, Path.Combine(folder, "out"), data: table));
        File.WriteAllText(table, "path\nx.jpg\n");
        Says("no column 'gender'", () => ModelBuilderExport.Write(fixture.Run, Path.Combine(folder, "out"), data: table));
        Assert.False(Directory.Exists(Path.Combine(folder, "out")));

        static void Says(string part, Action action) =>
            Assert.Contains(part, Assert.Throws<FaceBiasException>(action).Message, StringComparison.Ordinal);
    }

    private static JsonElement Read(string folder, string name) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, $"{name}.mbconfig"))).RootElement;
}
