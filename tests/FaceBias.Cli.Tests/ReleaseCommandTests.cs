using FaceBias.Tests;

namespace FaceBias.Cli.Tests;

/// <summary>Cards and release checks end with codes that build services understand.</summary>
public class ReleaseCommandTests
{
    [Fact]
    public void Methods_are_words_between_commas_and_a_word_that_is_none_is_refused_with_them()
    {
        Assert.Empty(CommandLine.Create().Parse(
            ["explain", "--model", "m", "--images", "i", "--method", "lime,integrated-gradients", "gradcam", "--out",
                "o"]).Errors);
        var said = Record.Exception(
            () => Assert.Empty(
                CommandLine.Create().Parse(["explain", "--model", "m", "--images", "i", "--method", "lemon", "--out",
                    "o"]).Errors.Select(e => e.Message)));
        Assert.Contains("kernelshap", said!.Message);
    }

    [Fact]
    public async Task A_card_is_written_verified_and_refused_and_a_policy_decides()
    {
        var folder = TestPaths.NewFolder();
        Task<int> Run(params string[] words) =>
            CommandLine.Create().Parse(words).InvokeAsync(new() { EnableDefaultExceptionHandler = false });
        Assert.Equal(0, await Run("audit", "--predictions",
            Path.Combine(TestPaths.Repository, "samples", "tables", "smiles.csv"), "--truth", "judged", "--prediction",
            "answer", "--groups", "sex,skin", "--out", folder));
        Assert.Equal(0, await Run("card", "--run", folder));
        Assert.Equal(0, await Run("card", "verify", "--run", folder));
        await Assert.ThrowsAsync<FaceBiasException>(() => Run("card", "--run", folder, "--strict"));
        var policy = Path.Combine(folder, "policy.json");
        await File.WriteAllTextAsync(policy,
            """{"version": 1, "gaps": [{"metric": "accuracy", "maximum": 1}], "card": "verified"}""");
        Assert.Equal(0, await Run("check", "--audit", Path.Combine(folder, "audit.json"), "--policy", policy));
        var card = Path.Combine(folder, "card", "MODEL_CARD.md");
        var text = await File.ReadAllTextAsync(card);
        var at = text.IndexOf("%<!--n", StringComparison.Ordinal) - 1;
        await File.WriteAllTextAsync(card, text[..at] + (char)('0' + (text[at] - '0' + 1) % 10) + text[(at + 1)..]);
        Assert.Equal(3, await Run("card", "verify", "--run", folder));
        Assert.Equal(3, await Run("check", "--audit", Path.Combine(folder, "audit.json"), "--policy", policy));
    }
}
