using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Labels;

/// <summary>Labels from where images lie: a folder per class, with or without train, validation and test folders above
/// the classes or below them, as ImageFolder, Keras and Model Builder have it.</summary>
internal static class FolderLabels
{
    public const string Column = "label";

    public static LabelSet Read(IReadOnlyList<ImageFile> images, IReadOnlyDictionary<string, Split> splitValues)
    {
        Split? Parse(string name) => splitValues.TryGetValue(name, out var known) ? known : SplitNames.Parse(name);
        var paths = images.Select(i => i.Id.Split('/')[..^1]).ToArray();
        // What all have in common is not a class, unless it is a split.
        var skip = 0;
        while (paths.All(p => p.Length > skip + 1 && p[skip] == paths[0][skip]) && Parse(paths[0][skip]) is null)
            skip++;
        bool SplitAt(int place) => paths.Any(p => p.Length > skip + place)
            && paths.All(p => p.Length <= skip + place || Parse(p[skip + place]) is not null);
        int? split = SplitAt(0) ? 0 : SplitAt(1) ? 1 : null;
        var at = skip + (split == 0 ? 1 : 0);
        var classes = paths.Select(p => p.Length > at ? p[at] : null).ToArray();
        var labelled = Array.ConvertAll(classes, c => c is not null);
        var bare = images.Where((_, i) => !labelled[i]).Select(i => i.Id).ToArray();
        List<LabelNotice> notices = bare.Length == 0 ? []
            : [LabelNotice.From("unlabelled", bare, "images lie in no folder of a class and have no label")];
        GivenSplits? given = null;
        if (split is { } s)
        {
            var of = paths.Select(
                (p, i) => labelled[i] && p.Length > skip + s ? Parse(p[skip + s]) ?? Split.None : Split.None).ToArray();
            var names = paths.Where(p => p.Length > skip + s).Select(p => p[skip + s]).Distinct()
                .Order(StringComparer.Ordinal);
            given = new(of, "the folders",
                $"The splits are those of the folders {names.Quoted()}.",
                "say which folder is the test with ‹SplitValues›, such as test=val");
        }
        return new(new([new TextColumn(Column, classes)]), labelled, notices) { Given = given };
    }
}
