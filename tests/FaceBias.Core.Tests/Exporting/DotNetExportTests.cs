using System.Text.Json;
using FaceBias.Core.Data;
using FaceBias.Exporting;
using FaceBias.Tests;
using FaceBias.Workflows.Predict;

namespace FaceBias.Core.Tests.Exporting;

public class DotNetExportTests(ExportFixture fixture) : IClassFixture<ExportFixture>
{
    [Fact]
    public void A_program_that_was_edited_is_not_replaced_unasked()
    {
        var folder = Path.Combine(TestPaths.NewFolder(), "app");
        DotNetExport.Write(fixture.Run, folder);
        var program = Path.Combine(folder, "Program.cs");
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), [1]);
        DotNetExport.Write(fixture.Run, folder);
        Assert.NotEqual(1, new FileInfo(Path.Combine(folder, "model.onnx")).Length);
        File.AppendAllText(program, "// mine\n");
        var e = Assert.Throws<FaceBiasException>(() => DotNetExport.Write(fixture.Run, folder));
        Assert.Contains("Program.cs' differs", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("// mine\n", File.ReadAllText(program), StringComparison.Ordinal);
        DotNetExport.Write(fixture.Run, folder, force: true);
        Assert.DoesNotContain("mine", File.ReadAllText(program), StringComparison.Ordinal);
    }

    [Fact]
    public void The_project_builds_and_predicts_what_facebias_predicts()
    {
        var folder = fixture.NewFolder();
        DotNetExport.Write(fixture.Run, folder, "Faces");
        var program = ExportFixture.Build(folder, "Faces");
        var text = Path.Combine(folder, "text.jpg");
        File.WriteAllText(text, "hello");
        var (code, output, error) = ExportFixture.Start(folder, [program, .. fixture.Pictures, text]);
        Assert.Equal(2, code);
        Assert.Equal($"'{text}' cannot be read as a picture; give a JPEG, PNG, GIF, WebP, TIFF or AVIF file.",
            error.Trim());

        var pictures = TestPaths.NewFolder();
        foreach (var picture in fixture.Pictures)
            File.Copy(picture, Path.Combine(pictures, Path.GetFileName(picture)));
        var table = Path.Combine(folder, "predictions.csv");
        PredictRun.Execute(
            new PredictRunOptions { Model = Path.Combine(fixture.Run, "model.onnx"), Images = [pictures],
                Out = table });
        var expected = TableFile.Read(table);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(fixture.Pictures.Length, lines.Length);
        for (var i = 0; i < lines.Length; i++)
        {
            var prediction = JsonDocument.Parse(lines[i]).RootElement.GetProperty("prediction");
            Assert.Equal(expected.Text("gender")[i], prediction.GetProperty("Gender").GetProperty("Label").GetString());
            Assert.Equal(expected.Number("gender_p_female")[i],
                prediction.GetProperty("Gender").GetProperty("Probabilities")[0].GetDouble(), 1e-6);
            Assert.Equal(expected.Number("age")[i], prediction.GetProperty("Age").GetDouble(), 1e-4);
        }
    }

    [Fact]
    public void Names_of_targets_become_properties()
    {
        var taken = new HashSet<string> { "Equals" };
        Assert.Equal(["SkinTone", "Target8bit", "Equals2", "SkinTone2", "Target"],
            new[] { "skin tone", "8bit", "equals", "skin_tone", "年齢" }.Select(n => CSharpText.Property(n, taken)));
        Assert.Equal("\"a\\\"b\\\\c\\u000ad\"", CSharpText.Literal("a\"b\\c\nd"));
        Assert.Equal("a &lt;b> &amp; c", CSharpText.Comment("a <b> &\nc"));
    }

    [Fact]
    public void What_is_wrong_is_said_in_one_sentence()
    {
        var folder = TestPaths.NewFolder();
        Says("no model", () => DotNetExport.Write(Path.Combine(folder, "no.onnx"), folder));
        Says("no name for a class", () => DotNetExport.Write(fixture.Run, folder, "my app"));
        File.WriteAllText(Path.Combine(folder, "diary.txt"), "mine");
        Says("has other files in it", () => DotNetExport.Write(fixture.Run, folder));
        Says("is a file", () => DotNetExport.Write(fixture.Run, Path.Combine(folder, "diary.txt")));
        Assert.Equal(["diary.txt"], Directory.GetFileSystemEntries(folder).Select(Path.GetFileName));

        static void Says(string part, Action action) =>
            Assert.Contains(part, Assert.Throws<FaceBiasException>(action).Message, StringComparison.Ordinal);
    }
}
