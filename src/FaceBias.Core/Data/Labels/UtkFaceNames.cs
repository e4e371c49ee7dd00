using System.Text.RegularExpressions;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Data.Labels;

/// <summary>Labels in the file names of UTKFace: age_gender_race_timestamp.</summary>
internal static partial class UtkFaceNames
{
    private static readonly string[] Genders = ["male", "female"];
    private static readonly string[] Races = ["White", "Black", "Asian", "Indian", "Other"];

    /// <summary>Whether a file's name has the form.</summary>
    public static bool Fits(string path) => Name().IsMatch(Path.GetFileName(path));

    public static LabelSet Read(IReadOnlyList<ImageFile> images)
    {
        var age = new double[images.Count];
        var gender = new int[images.Count];
        var race = new int[images.Count];
        var labelled = new bool[images.Count];
        var bad = new List<string>();
        for (var i = 0; i < images.Count; i++)
        {
            var match = Name().Match(Path.GetFileName(images[i].Id));
            age[i] = match.Success ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : double.NaN;
            labelled[i] = age[i] <= LabelSource.OldestAge;
            if (labelled[i])
                (gender[i], race[i]) = (match.Groups[2].ValueSpan[0] - '0', match.Groups[3].ValueSpan[0] - '0');
            else
            {
                (age[i], gender[i], race[i]) = (double.NaN, -1, -1);
                bad.Add(images[i].Id);
            }
        }
        List<LabelNotice> notices = bad.Count == 0 ? [] : [LabelNotice.From("bad-name", bad,
            "file names lack a field of age_gender_race_timestamp or hold an impossible value and are left out")];
        return new(new([new NumberColumn("age", age), new TextColumn("gender", gender, Genders),
            new TextColumn("race", race, Races)]), labelled, notices);
    }

    [GeneratedRegex(@"^(\d{1,3})_([01])_([0-4])_\d", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
