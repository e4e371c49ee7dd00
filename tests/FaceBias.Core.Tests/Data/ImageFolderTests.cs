using FaceBias.Core.Data;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Data;

public class ImageFolderTests
{
    private static string Folder(params string[] files)
    {
        var folder = TestPaths.NewFolder();
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
            File.WriteAllText(Path.Combine(folder, file), "");
        }
        return folder;
    }

    [Fact]
    public void Files_come_in_ordinal_order_and_others_are_counted()
    {
        var listing = ImageFolder.List(Folder("b.jpg", "B.PNG", "a/z.webp", "a.jpeg", "notes.txt", "a/labels.csv"));
        Assert.Equal(["B.PNG", "a.jpeg", "a/z.webp", "b.jpg"], listing.Files.Select(f => f.Id));
        Assert.Equal(2, listing.Ignored);
        Assert.All(listing.Files, f => Assert.True(File.Exists(f.Path)));
    }

    [Fact]
    public void Several_folders_get_their_names_as_prefixes_once_each()
    {
        var (one, two) = (Folder("x/1.jpg", "x/2.jpg"), Folder("x/1.jpg"));
        var ids = ImageFolder.List(Path.Combine(one, "x"), Path.Combine(two, "x"),
            Path.Combine(one, "x") + "/").Files.Select(f => f.Id);
        Assert.Equal(["x-2/1.jpg", "x/1.jpg", "x/2.jpg"], ids);
    }

    [Fact]
    public void Links_that_loop_or_lead_to_the_same_folder_list_each_image_once_under_its_real_name()
    {
        var folder = Folder("m/1.jpg", "m/n/2.jpg");
        Directory.CreateSymbolicLink(Path.Combine(folder, "m", "n", "up"), folder);
        Directory.CreateSymbolicLink(Path.Combine(folder, "a"), Path.Combine(folder, "m"));
        Directory.CreateSymbolicLink(Path.Combine(folder, "self"), Path.Combine(folder, "self"));
        var outside = Folder("3.jpg");
        Directory.CreateSymbolicLink(Path.Combine(folder, "z"), outside);
        Assert.Equal(["m/1.jpg", "m/n/2.jpg", "z/3.jpg"], ImageFolder.List(folder).Files.Select(f => f.Id));
    }

    [Fact]
    public void Names_that_are_not_UTF8_are_named_and_left_out()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has such names");
        var folder = Folder("a.jpg", "quo\"te's, and\na line.jpg");
        foreach (var name in new[] { @"\377.jpg", @"\376.jpg" })
        {
            using var shell = System.Diagnostics.Process.Start("sh", ["-c", $": > \"$(printf '{folder}/{name}')\""]);
            shell.WaitForExit();
        }
        var listing = ImageFolder.List(folder);
        Assert.Equal(["a.jpg", "quo\"te's, and\na line.jpg"], listing.Files.Select(f => f.Id));
        Assert.Equal(2, listing.Unreadable.Count);
        Assert.All(listing.Unreadable,
            u => Assert.EndsWith("has a name that is not UTF-8; rename it", u, StringComparison.Ordinal));
    }

    [Fact]
    public void What_FaceBias_wrote_below_is_named_and_left_out()
    {
        var folder = TestPaths.NewFolder();
        foreach (var path in new[] { "a.png", "run/maps/x.png", "explained/maps/y.png", "theirs/b.png" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
            File.WriteAllText(Path.Combine(folder, path), "x");
        }
        File.WriteAllText(Path.Combine(folder, "run", "run.json"), "{\"version\": 2, \"job\": \"train\", \"versions\": {\"facebias\": \"0.1.0\"}}");
        File.WriteAllText(Path.Combine(folder, "explained", "explain.json"), "{\"version\": 1, \"model\": \"m\", \"provenance\": []}");
        File.WriteAllText(Path.Combine(folder, "theirs", "run.json"), "{\"learning_rate\": 0.1}");
        var found = ImageFolder.List(folder);
        Assert.Equal(["a.png", "theirs/b.png"], found.Files.Select(f => f.Id));
        Assert.Equal(2, found.Unreadable.Count(u => u.EndsWith("holds what FaceBias wrote, of which no picture is taken", StringComparison.Ordinal)));
        // Somebody who names it means it.
        Assert.Equal(["maps/x.png"], ImageFolder.List(Path.Combine(folder, "run")).Files.Select(f => f.Id));
    }

    [Fact]
    public void Patterns_and_lists_name_pictures()
    {
        var folder = Folder("a.jpg", "b, c.jpg", "c.png", "sub/d.jpg", ".ipynb_checkpoints/a.jpg", "__MACOSX/._a.jpg",
            "sub/._d.jpg", ".hidden.png");
        Assert.Equal([".hidden.png", "a.jpg", "b, c.jpg", "c.png", "sub/d.jpg"], Ids(""));
        string[] Ids(string path) => [.. ImageFolder.List(Path.Combine(folder, path)).Files.Select(f => f.Id)];
        Assert.Equal(["a.jpg", "b, c.jpg"], Ids("*.jpg"));
        Assert.Equal(["d.jpg"], Ids("su?"));
        Assert.Contains("matches", Assert.Throws<FaceBiasException>(() => Ids("*.gif")).Message,
            StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "list.txt"),
            $"b, c.jpg\r\n\nsub/d.jpg\n{Path.Combine(folder, "c.png")}\n");
        Assert.Equal(3, Ids("list.txt").Length);
        // A list without a header loses none.
        File.WriteAllText(Path.Combine(folder, "list.csv"), "a.jpg\nsub/d.jpg\n");
        Assert.Equal(["a.jpg", "sub/d.jpg"], Ids("list.csv"));
    }

    [Fact]
    public void What_is_missing_is_one_sentence()
    {
        var folder = Folder("a.txt");
        Assert.Contains("There is no folder", Message(Path.Combine(folder, "gone")), StringComparison.Ordinal);
        Assert.Contains("is a file", Message(Path.Combine(folder, "a.txt")), StringComparison.Ordinal);
        Assert.Contains("No image was found", Message(folder), StringComparison.Ordinal);
        static string Message(string path) => Assert.Throws<FaceBiasException>(() => ImageFolder.List(path)).Message;
    }

    [Fact]
    public void A_folder_that_cannot_be_read_is_named()
    {
        if (OperatingSystem.IsWindows() || Environment.UserName == "root")
        {
            Assert.Skip("needs a user whom permissions bind");
            return;
        }
        var folder = Folder("a.jpg", "secret/b.jpg");
        File.SetUnixFileMode(Path.Combine(folder, "secret"), UnixFileMode.None);
        var listing = ImageFolder.List(folder);
        Assert.Single(listing.Files);
        Assert.Contains("secret", Assert.Single(listing.Unreadable), StringComparison.Ordinal);
    }
}
