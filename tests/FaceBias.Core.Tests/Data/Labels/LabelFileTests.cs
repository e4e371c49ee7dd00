using System.Globalization;
using System.Text;
using System.Text.Json;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Imaging;
using FaceBias.Core.Uncertainty.Conformal;
using FaceBias.Core.Uncertainty.Resampling;
using FaceBias.Primitives.Tables;
using FaceBias.Tests;
using FaceBias.Workflows.Train;

namespace FaceBias.Core.Tests.Data.Labels;

/// <summary>Label files of the kinds that people have, looked at as <c>train --check</c> does. Pictures are only
/// listed, not decoded.</summary>
public class LabelFileTests
{
    private const int Count = 60;

    private readonly string _folder = TestPaths.NewFolder("labels");

    [Fact]
    public void Codes_of_classes_are_classes_and_said()
    {
        var lines = Check(
            Csv("celeba.csv", "image_id,Male,Young", i => $"{Name(i)},{(i % 2 == 0 ? 1 : -1)},{(i % 3 == 0 ? 1 : -1)}"),
            "Male");
        Says(lines, "Male: 2 classes: -1 30, 1 30", "the codes -1, 1 are taken as classes; --numeric Male");
        lines = Check(Csv("race.csv", "image,race,gender", i => $"{Name(i)},{i % 5},{i % 2}"), "race",
            o => o with { Groups = ["gender"] });
        Says(lines, "race: 5 classes", "gender: 2 classes");
        Says(Check(o => o with { Labels = Options(P("race.csv")) with { Kinds = new() { Numeric = ["race"] } },
            Targets = ["race"] }), "race: a number from 0 to 4");
    }

    [Fact]
    public void CelebAs_own_files_are_joined()
    {
        Write("list_attr_celeba.txt",
            $"{Count}\nMale Young \n" + Rows(
                i => $"{Name(i)} {(i % 2 == 0 ? " 1" : "-1")} {(i % 3 == 0 ? " 1" : "-1")}"));
        Write("list_eval_partition.txt", Rows(i => $"{Name(i)} {Part(i)}"));
        var lines = Check(
            o => o with { Labels = new() { Sources = [P("list_attr_celeba.txt"), P("list_eval_partition.txt")] },
                Targets = ["Male"] });
        Says(lines, "60 of them with labels", "Male: 2 classes: -1 30 (6 for the test), 1 30 (6 for the test)",
            "no header", "0 is train, 1 is validation, 2 is test");
    }

    [Theory]
    [InlineData("split", "0", "1", "2")]
    [InlineData("partition", "0", "1", "2")]
    [InlineData("Usage", "Training", "PublicTest", "PrivateTest")]
    [InlineData("SPLIT", "TRAIN", "VAL", "TEST")]
    [InlineData("Set", "train set", "valid set", "test set")]
    [InlineData("subset", "training", "dev", "holdout")]
    [InlineData("where_from", "train2017", "val2017", "test2017")]
    public void Official_splits_are_found_by_name_and_value(string column, string train, string validation, string test)
    {
        string[] names = [train, validation, test];
        Says(Check(Csv("l.csv", $"image_id,gender,{column}", i => $"{Name(i)},{Gender(i)},{names[Part(i)]}"), "gender"),
            "female 30 (6 for the test), male 30 (6 for the test)", $"splits: the column '{column}'");
    }

    [Theory]
    [InlineData("split", "0", "1", "0")]
    [InlineData("partition", "A", "B", "C")]
    [InlineData("split_id", "1", "2", "3")]
    public void Splits_that_cannot_be_understood_are_asked_about(string column, string a, string b, string c)
    {
        string[] names = [a, b, c];
        var path = Csv("l.csv", $"image,gender,{column}", i => $"{Name(i)},{Gender(i)},{names[Part(i)]}");
        Refused(path, "gender", $"'{column}' looks like splits", "--split-values", "--split-column none");
        Says(Check(o => o with { Labels = Options(path) with { SplitColumn = "none" }, Targets = ["gender"] }),
            "Nothing is wrong", column);
        if (b != "1")
        {
            var values = LabelOptions.ParseSplitValues([$"train={a}", $"validation={b}", $"test={c}"]);
            Says(Check(o => o with { Labels = Options(path) with { SplitValues = values }, Targets = ["gender"] }),
                "(6 for the test)");
        }
    }

    [Fact]
    public void Columns_that_only_look_like_splits_do_no_harm()
    {
        var lines = Check(
            Csv("l.csv", "image,gender,phase,set,trained", i => $"{Name(i)},{Gender(i)},{i % 4},B{i % 3},train"),
            "gender");
        Says(lines, "Nothing is wrong", "phase, set, trained");
        Assert.DoesNotContain(lines, l => l.Contains("splits:", StringComparison.Ordinal));
    }

    [Fact]
    public void Waterbirds_names_its_pictures_by_folder_and_file()
    {
        var lines = Check(Csv("metadata.csv", "img_id,img_filename,y,split,place,place_filename",
            i => $"{i + 1},00{i % 3}.Kind/{Name(i)},{i % 2},{Part(i)},{i / 2 % 2},/b/bamboo/{i}.jpg"), "y",
            o => o with { Groups = ["place"] });
        Says(lines, "60 of them with labels", "y: 2 classes", "place: 2 classes", "names the image: img_filename");
    }

    [Fact]
    public void FairFaces_two_tables_are_one_and_their_names_are_splits_if_asked()
    {
        foreach (var (split, from) in new[] { ("train", 0), ("val", 40) })
        {
            Directory.CreateDirectory(P("images", split));
            for (var i = from; i < (from == 0 ? 40 : Count); i++)
                File.Move(P("images", Name(i)), P("images", split, $"{i - from + 1}.jpg"));
            Write($"ff_{split}.csv", "file,age,gender,race\n" + string.Concat(Enumerable.Range(0, from == 0 ? 40 : 20)
                .Select(i => $"{split}/{i + 1}.jpg,{(i % 4 < 2 ? "0-2" : "3-9")},{Gender(i)},White\n")));
        }
        List<string> Both(params string[] sources) =>
            Check(o => o with { Labels = new() { Sources = sources }, Targets = ["gender"] });
        Says(Both(P("ff_train.csv"), P("ff_val.csv")), "60 of them with labels", "names look like official splits",
            "train=", "validation=");
        Says(Both($"train={P("ff_train.csv")}", $"test={P("ff_val.csv")}"), "female 30 (10 for the test)",
            "'ff_val.csv' is test");
        Refused(o => o with { Labels = new() { Sources = [$"train={P("ff_train.csv")}", $"val={P("ff_val.csv")}"] },
            Targets = ["gender"] }, "No image is for the test", "test=FILE");
        // Of the pictures of one folder no row of the other's is one, though the names are the same.
        Says(Check(o => o with { Images = [P("images", "train")],
            Labels = new() { Sources = [P("ff_train.csv"), P("ff_val.csv")] }, Targets = ["gender"] }),
            "40 images, 40 of them with labels");
    }

    [Theory]
    [InlineData("", "{1}/{0}/")]
    [InlineData("dataset/", "{1}/{0}/")]
    [InlineData("", "{0}/{1}/")]
    [InlineData("", "{1}/{0}/nested/")]
    public void Folders_are_classes_and_splits(string above, string form)
    {
        string[] splits = ["train", "valid", "Test"];
        Move(i => above + string.Format(CultureInfo.InvariantCulture, form, Gender(i), splits[Part(i)]));
        Says(Check(o => o with { Labels = "folder", Targets = ["label"] }),
            "label: 2 classes: female 30 (6 for the test), male 30 (6 for the test)", "splits: the folders");
    }

    [Fact]
    public void Folders_of_classes_alone_are_split_at_random()
    {
        Move(i => $"faces/{Gender(i)}/");
        Says(Check(o => o with { Labels = "folder", Targets = ["label"] }), "label: 2 classes: female 30, male 30");
        Refused(o => o with { Images = [P("images", "faces", "male")], Labels = "folder", Targets = ["label"] },
            "no folder of a class");
    }

    [Fact]
    public void Columns_are_named_where_no_target_is()
    {
        Write("t.csv", "image,gender,mood\n" + string.Concat(Enumerable.Range(0, Count).Select(i => $"{Name(i)},{Gender(i)},a\n")));
        Refused(o => o with { Labels = P("t.csv"), Targets = [] }, "names no column", "'gender', 'mood'");
    }

    [Fact]
    public void Annotations_of_LabelMe_and_Pascal_VOC_are_read_from_a_folder()
    {
        for (var i = 0; i < Count; i++)
        {
            Directory.CreateDirectory(P("notes"));
            if (i % 2 == 0)
                Write($"notes/{i}.json", JsonSerializer.Serialize(new
                {
                    version = "5.0", flags = new { smile = i % 4 == 0 }, imagePath = $"..\\images\\{Name(i)}",
                    shapes = new[] { new { label = Gender(i), points = new[] { new[] { 1, 2 } } } },
                }));
            else
                Write($"notes/{i}.xml", $"<annotation><folder>x</folder><filename>{Name(i)}</filename><object><name>"
                    + $"{Gender(i)}</name><pose>{(i % 3 == 0 ? "Left" : "Right")}</pose><bndbox><xmin>1</xmin></bndbox>"
                    + "</object></annotation>");
        }
        Write("notes/other.json", "{\"a\": 1}");
        Says(Check(P("notes"), "category"), "category: 2 classes: female 30, male 30", "LabelMe's JSON and Pascal VOC's",
            "1 JSON or XML files", "smile", "pose");
        Write("notes/cut.xml", "<annotation><filename>x");
        Refused(P("notes"), "category", "cut.xml' is no whole XML");
        Refused(P("images"), "category", "without annotation files");
    }

    [Fact]
    public void Projects_and_tables_of_VIA_are_read()
    {
        object Entry(int i) => new { filename = Name(i), size = 10, file_attributes = new { mood = i % 3 == 0 ? "glad" : "calm" },
            regions = new[] { new { shape_attributes = new { name = "rect" }, region_attributes = new
                { gender = Gender(i), worn = new Dictionary<string, bool> { ["hat"] = i % 3 > 0, ["scarf"] = i % 2 == 0 } } } } };
        var entries = Enumerable.Range(0, Count).ToDictionary(i => $"{Name(i)}10", Entry);
        Write("via.json", JsonSerializer.Serialize(entries));
        Says(Check(P("via.json"), "gender", o => o with { Groups = ["mood"] }), "gender: 2 classes: female 30, male 30",
            "mood: 2 classes", "a project of VIA");
        Write("project.json", JsonSerializer.Serialize(new { _via_settings = new { }, _via_img_metadata = entries }));
        Says(Check(o => o with { Targets = ["worn"],
            Labels = new() { Sources = [P("project.json")], MultiLabel = ["worn"] } }), "worn.scarf: 2 classes: yes 30, no 20");
        Write("via.csv", "#filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n"
            + string.Concat(Enumerable.Range(0, Count).Select(i => $"{Name(i)},10,\"{{\"\"mood\"\":\"\"{(i % 3 == 0 ? "glad" : "calm")}\"\"}}\",1,0,"
                + $"\"{{\"\"name\"\":\"\"rect\"\"}}\",\"{{\"\"gender\"\":\"\"{Gender(i)}\"\"}}\"\n")));
        Says(Check(P("via.csv"), "gender", o => o with { Groups = ["mood"] }), "gender: 2 classes: female 30, male 30",
            "mood: 2 classes: calm 40, glad 20");
    }

    [Fact]
    public void Objects_within_JSON_records_are_columns()
    {
        Write("nested.jsonl", string.Concat(Enumerable.Range(0, Count).Select(i =>
            $"{{\"file_name\":\"{Name(i)}\",\"objects\":{{\"sex\":\"{Gender(i)}\",\"box\":[1,2]}}}}\n")));
        Says(Check(P("nested.jsonl"), "objects.sex"), "objects.sex: 2 classes: female 30, male 30");
    }

    [Fact]
    public void Coco_is_read_with_one_category_an_image_or_several()
    {
        object Coco(bool several) => new
        {
            info = new { },
            images = Enumerable.Range(0, Count).Select(
                i => new { id = i, file_name = Name(i), width = 10, height = 10 }),
            annotations = Enumerable.Range(0, Count).Select(
                i => new { id = i, image_id = i, category_id = i % 2,
                    attributes = new { pose = i % 3 == 0 ? "side" : "front" } })
                .Concat(several ? Enumerable.Range(0, Count / 4).Select(
                    i => new { id = 1000 + i, image_id = 4 * i, category_id = 2, attributes = new { pose = "front" } })
                    : []),
            categories = new[] { new { id = 0, name = "cat" }, new { id = 1, name = "dog" },
                new { id = 2, name = "hat" } },
        };
        Write("one.json", JsonSerializer.Serialize(Coco(false)));
        Says(Check(P("one.json"), "category", o => o with { Groups = ["pose"] }), "category: 2 classes: cat 30, dog 30",
            "pose: 2 classes");
        Write("several.json", JsonSerializer.Serialize(Coco(true)));
        Says(Check(P("several.json"), "category"), "category.hat: 2 classes: no 45, yes 15", "category.cat: 2 classes",
            "pose'");
        Write("broken.json", "{\"images\": [], \"annotations\": [{\"id\": 1}], \"categories\": [{\"name\": \"x\"}]}");
        Refused(P("broken.json"), "category", "COCO");
    }

    [Fact]
    public void Json_keeps_text_as_it_is()
    {
        Write("l.json", JsonSerializer.Serialize(
            Enumerable.Range(0, Count).Select(
                i => new { image = Name(i), gender = Gender(i), code = i % 2 == 0 ? "007" : "008" })));
        Says(Check(P("l.json"), "gender", o => o with { Groups = ["code"] }), "code: 2 classes: 007 30, 008 30");
        Write("l.jsonl",
            Rows(i => JsonSerializer.Serialize(new { image = Name(i), gender = Gender(i), year = "1.10" })));
        Says(Check(P("l.jsonl"), "gender", o => o with { Groups = ["year"] }), "year: 1 classes: 1.10 60");
    }

    [Fact]
    public void Pixels_in_a_table_are_unpacked_and_belong_to_their_rows()
    {
        string[] usage = ["Training", "PublicTest", "PrivateTest"];
        Write("fer2013.csv",
            "emotion,pixels,Usage\n"
                + Rows(i =>
                    $"{i % 3},{string.Join(' ', Enumerable.Range(0, 64).Select(p => (p * 4 + i) % 256))},{usage[Part(i)]}"));
        Says(Check(o => o with { Images = [P("fer2013.csv")], Labels = P("fer2013.csv"), Targets = ["emotion"] }),
            "60 images, 60 of them with labels", "emotion: 3 classes", "(4 for the test)");
        var pictures = Directory.GetFiles(P("home"), "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .ToArray();
        Assert.Equal(Count, pictures.Length);
        var pixels = new float[3 * 64];
        Assert.Null(new ImageDecoder().Decode(pictures[7], new ImageSpec(8, 8), pixels).Problem);
        Assert.Equal(Enumerable.Range(0, 64).Select(p => (float)((p * 4 + 7) % 256)), pixels[..64]);
        Write("odd.csv", "emotion,pixels\n" + Rows(i => $"{i % 3},{string.Join(' ', Enumerable.Repeat(1, 50))}"));
        Refused(o => o with { Images = [P("odd.csv")], Labels = P("odd.csv"), Targets = ["emotion"] },
            "no square picture");
        Write("loud.csv", "emotion,pixels\n" + Rows(i => $"{i % 3},{string.Join(' ', Enumerable.Repeat(300, 64))}"));
        Refused(o => o with { Images = [P("loud.csv")], Labels = P("loud.csv"), Targets = ["emotion"] }, "'300'");
    }

    [Fact]
    public void Several_labels_in_a_cell_are_asked_about_and_become_targets()
    {
        string Tags(int i) =>
            $"{Gender(i)} {(i / 2 % 2 == 0 ? "old" : "young")} "
                + $"{(i / 4 % 3 == 0 ? "white" : i / 4 % 3 == 1 ? "asian" : "black")}";
        var path = Csv("tags.csv", "image_name,tags", i => $"{Path.GetFileNameWithoutExtension(Name(i))},{Tags(i)}");
        Refused(path, "tags", "several labels in one cell", "--multi-label tags", "--categorical tags");
        Says(Check(o => o with { Labels = Options(path) with { MultiLabel = ["tags"] }, Targets = ["tags"] }),
            "tags.old: 2 classes", "tags.white: 2 classes");
        Says(Check(o => o with { Labels = Options(path) with { Kinds = new() { Categorical = ["tags"] } },
            Targets = ["tags"] }), "tags: 12 classes");
        path = Csv("piped.csv", "image,tags", i => $"{Name(i)},{Tags(i).Replace(' ', '|')}");
        Refused(path, "tags", "--multi-label \"tags=|\"");
        Says(Check(o => o with { Labels = Options(path) with { MultiLabel = ["tags=|"] }, Targets = ["tags.female"] }),
            "tags.female: 2 classes: no 30, yes 30");
        // Names of two words are none.
        Says(Check(Csv("race.csv", "image,race",
            i => $"{Name(i)},{(i % 3 == 0 ? "East Asian" : i % 3 == 1 ? "Southeast Asian" : "Middle Eastern")}"),
            "race"), "race: 3 classes");
    }

    [Theory]
    [InlineData("MALE", "male", "Female", "differ only by case, blanks or signs: 'MALE' and 'male'")]
    [InlineData("light brown", "light_brown", "dark", "'light brown' and 'light_brown'")]
    public void Classes_that_are_one_to_people_are_found(string a, string b, string c, string sentence) =>
        Refused(Csv("case.csv", "image,gender", i => $"{Name(i)},{(i % 3 == 0 ? a : i % 3 == 1 ? b : c)}"), "gender",
            sentence);

    [Theory]
    [InlineData("9-Mar")]
    [InlineData("19-Oct")]
    [InlineData("Mar-09")]
    public void Ranges_that_a_spreadsheet_made_dates_of_are_found(string date) =>
        Refused(Csv("age.csv", "image,age", i => $"{Name(i)},{(i % 3 == 0 ? "0-2" : i % 3 == 1 ? date : "20-29")}"),
            "age", $"'{date}'", "a spreadsheet");

    [Fact]
    public void Missing_values_are_missing()
    {
        var lines = Check(
            Csv("na.csv", "image,age,gender", i => $"{Name(i)},{(i % 10 == 0 ? "NA" : $"{20 + i}")},{Gender(i)}"),
            "age");
        Says(lines, "age: a number from 21 to 79 of 54 images", "6 cells of 'age'");
    }

    [Fact]
    public void What_is_wrong_is_said_at_once()
    {
        var path = Csv("l.csv", "image,gender,who,split",
            i => $"{Name(i)},{(i % 2 == 0 ? "male" : i % 4 == 1 ? "Male" : "female")},person{i:00},{(Part(i) == 0 ? "train" : "val")}");
        Refused(o => o with { Labels = path, Targets = ["gender", "who", "agee"], Groups = ["Gender"], Threads = 9999,
            Training = o.Training with { Epochs = 0 } },
            "things must be put right before training:\n- ", "--threads must be from 0", "--epochs", "no 'agee'",
            "is it 'gender'?", "'Male' and 'male'", "too few to learn a class from", "No image is for the test");
        Assert.False(Directory.Exists(P("out")));
    }

    [Fact]
    public void A_class_that_is_only_in_the_test_is_found()
    {
        Refused(Csv("l.csv", "image,kind,split",
            i => $"{Name(i)},{(Part(i) == 2 && i % 2 == 0 ? "owl" : i % 2 == 0 ? "cat" : "dog")},{Part(i)}"), "kind",
            "no image for training has", "'owl'");
        Refused(Csv("l.csv", "image,kind,split", i => $"{Name(i)},{(i % 2 == 0 ? "cat" : "dog")},test"), "kind",
            "No image is for training");
    }

    [Fact]
    public void Columns_that_nobody_asked_for_do_no_harm_whatever_their_names()
    {
        var lines = Check(
            Csv("l.csv", "image,gender,Gender,width,height,sha256,gender_age",
                i => $"{Name(i)},{Gender(i)},White,200,200,x,{i}"), "gender");
        Says(lines, "gender: 2 classes",
            "left out: Gender (another column has the same name but for case), width (the manifest has a column of "
                + "that name)", "gender_age");
        Refused(P("l.csv"), "width", "'width'", "rename");
        // Rows that differ in what nobody uses are one.
        Says(Check(Csv("boxes.csv", "image,gender,x", i => $"{Name(i)},{Gender(i)},{i}\n{Name(i)},{Gender(i)},{i + 1}"),
            "gender"), "60 of them with labels", "repeat another row");
    }

    [Fact]
    public void A_table_of_persons_is_joined_by_their_number()
    {
        var photos = Csv("photos.csv", "photo,person,smiles", i => $"{Name(i)},P{i / 4},{(i % 3 == 0 ? "yes" : "no")}");
        Write("people.csv",
            "person,skin\n" + string.Concat(Enumerable.Range(0, 10).Select(p => $"P{p},{"abc"[p % 3]}\n")));
        TrainRunOptions With(TrainRunOptions o, params string[] sources) =>
            o with { Labels = new() { Sources = sources }, Targets = ["smiles"], Groups = ["skin"] };
        Says(Check(o => With(o, photos, P("people.csv"))), "skin: 3 classes: a 16, b 12, c 12",
            "joined by 'person', which gives its values to 40 of 60 images");
        Write("people.csv", "person,skin\nP0,a\nP0,b\n");
        Refused(o => With(o, photos, P("people.csv")), "'person', 'skin'", "names no image");
        // pandas' numbers of rows are of other rows.
        Write("people.csv", ",skin\n0,a\n1,b\n");
        Csv("photos.csv", ",photo,smiles", i => $"{i},{Name(i)},{(i % 3 == 0 ? "yes" : "no")}");
        Refused(o => With(o, photos, P("people.csv")), "names no image");
        // Of other images, with the columns of the rest.
        Write("more.csv", "photo,smiles,skin\nother.jpg,yes,a\n");
        Csv("photos.csv", "photo,smiles,skin", i => $"{Name(i)},{(i % 3 == 0 ? "yes" : "no")},a");
        Says(Check(o => With(o, photos, P("more.csv"))), "60 of them with labels", "1 rows of labels name no image");
        Refused(o => With(o, P("more.csv")) with { Groups = [] }, "'other.jpg'", "images are called '000001.jpg'");
    }

    [Fact]
    public void Names_may_differ_in_case_and_format()
    {
        Says(Check(Csv("l.csv", "image,gender",
            i => $"C:\\faces\\{Name(i).Replace("jpg", i % 2 == 0 ? "JPG" : "png")},{Gender(i)}"), "gender"),
            "60 of them with labels", "60 rows of labels name an image whose name differs in case or format alone");
        // What is exact goes before what is alike, and of two that are alike none is taken.
        File.WriteAllBytes(P("images", "a.jpg"), []);
        File.WriteAllBytes(P("images", "A.jpg"), []);
        File.WriteAllBytes(P("images", "a.png"), []);
        Says(Check(Csv("l.csv", "image,gender", i => i > 2 ? $"{Name(i)},{Gender(i)}"
                : i == 0 ? "A.jpg,male" : i == 1 ? "a.png,female" : "A.JPG,male"), "gender"),
            "59 of them with labels", "1 rows of labels fit several images");
    }

    [Fact]
    public void Classes_that_look_misspelt_are_named_and_others_are_not()
    {
        string[] Doubts(params string[] rare) => [.. Check(Csv("l.csv", "image,gender",
            i => $"{Name(i)},{(i < rare.Length ? rare[i] : Gender(i))}"), "gender")
            .Where(l => l.Contains("spellings", StringComparison.Ordinal))];
        Assert.Contains("'femal' (1) for 'female'", Assert.Single(Doubts("femal")), StringComparison.Ordinal);
        Assert.Contains("'m' (1) for 'male'", Assert.Single(Doubts("m")), StringComparison.Ordinal);
        Assert.Contains("'femele' (1) for 'female'", Assert.Single(Doubts("femele")), StringComparison.Ordinal);
        Assert.Empty(Doubts("other"));
        Assert.Empty(Doubts());
    }

    [Fact]
    public void Persons_are_kept_together_where_that_is_asked()
    {
        var path = Csv("l.csv", "image,gender,person", i => $"{Name(i)},{Gender(i / 3)},{i / 3}");
        var options = new TrainRunOptions { Images = [P("images")], Labels = path, Targets = ["gender"],
            KeepTogether = "person", Out = P("out"), Home = P("home") };
        var input = TrainInput.Load(options, null, default);
        var manifest = new Core.Data.Manifest(input.Listing.Files, input.Labels.Table);
        Assert.Contains("all of one 'person' on one side", RunData.Divide(manifest, [.. input.Labels.Labelled], input,
            input.Labels, [input.Labels.Target("gender")], 7), StringComparison.Ordinal);
        Assert.All(manifest.Splits.Chunk(3), person => Assert.Single(person.Distinct()));
        Assert.Equal(3, manifest.Splits.Distinct().Count());
        Assert.Equal(60, manifest.Cluster.Distinct().Count());
        Refused(o => o with { Labels = path, Targets = ["gender"], KeepTogether = "persons" }, "no 'persons'");
        Csv("l.csv", "image,gender,person,split",
            i => $"{Name(i)},{Gender(i)},{i / 3},{"train val test".Split(' ')[Part(i)]}");
        Says(Check(path, "gender"), "have images for training and for the test by the column 'split'");
    }

    [Fact]
    public void Sixty_classes_are_allowed_and_one_each_is_not()
    {
        Says(Check(Csv("sixty.csv", "image,breed", i => $"{Name(i)},breed{i % 20:00}"), "breed"), "breed: 20 classes");
        Refused(Csv("ids.csv", "image,who", i => $"{Name(i)},person{i:00}"), "who", "60 classes for 60 images");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void Empty_values_are_named(string empty)
    {
        var path = Csv("l.csv", "image,gender", i => $"{Name(i)},{Gender(i)}");
        Refused(o => o with { Labels = path, Targets = ["gender"], Out = empty }, "--out is empty");
        Refused(o => o with { Labels = empty, Targets = ["gender"] }, "--labels is empty");
        Refused(o => o with { Labels = path, Targets = ["gender"], Backbone = empty }, "--backbone is empty");
        Refused(o => o with { Labels = path, Targets = [] }, "--targets");
    }

    [Fact]
    public void Options_that_name_groups_or_classes_are_looked_at_before_the_work()
    {
        var path = Csv("l.csv", "image,gender,race", i => $"{Name(i)},{Gender(i)},{"WBA"[i % 3]}");
        TrainRunOptions On(TrainRunOptions o) => o with { Labels = path, Targets = ["gender"] };
        Refused(o => On(o) with { Uncertainty = ["conformal"],
            Conformal = new() { Method = ConformalMethod.Mondrian, Groups = ["race"] } }, "add --groups race");
        Refused(o => On(o) with { Uncertainty = ["temperature:skin"] }, "--uncertainty names 'skin'",
            "they are gender");
        Refused(o => On(o) with { Resample = new() { Class = "gender=woman" } }, "'gender' has female, male");
        Refused(o => On(o) with { Resample = new() { Rule = ResampleRule.InverseFrequency, Group = "race" } },
            "names 'race', which is neither a target nor among --groups; add --groups race");
        Says(Check(o => On(o) with { Uncertainty = ["temperature:race"], Groups = ["race"] }), "compared: race");
    }

    [Fact]
    public void Splits_do_not_depend_on_groups_but_on_what_is_stratified_by()
    {
        var path = Csv("l.csv", "image,gender,race,age", i => $"{Name(i)},{Gender(i)},{"WBA"[i % 3]},{20 + i}");
        Split[] Of(IReadOnlyList<string> groups, IReadOnlyList<string> stratify)
        {
            var options = new TrainRunOptions { Images = [P("images")], Labels = path, Targets = ["gender"],
                Groups = groups, Stratify = stratify, Out = P("out"), Home = P("home") };
            var input = TrainInput.Load(options, null, default);
            var manifest = new Core.Data.Manifest(input.Listing.Files, input.Labels.Table);
            RunData.Divide(manifest, [.. input.Labels.Labelled], input, input.Labels, [input.Labels.Target("gender")],
                7);
            return manifest.Splits;
        }
        var plain = Of([], []);
        Assert.Equal(plain, Of(["race"], []));
        Assert.Equal(plain, Of(["race", "age"], []));
        Assert.NotEqual(plain, Of([], ["race"]));
        Assert.Equal((42, 9, 9),
            (plain.Count(s => s == Split.Train), plain.Count(s => s == Split.Validation),
                plain.Count(s => s == Split.Test)));
    }

    /// <summary>The lines of docs/reference/reads.md about labels.</summary>
    public static TheoryData<string, bool, string> Documented()
    {
        var data = new TheoryData<string, bool, string>();
        foreach (var line in File.ReadLines(Path.Combine(TestPaths.Repository, "docs", "reference", "reads.md")))
        {
            string[] cells =
                [.. line.Trim('|').Replace("\\|", "\u0001", StringComparison.Ordinal).Split('|')
                    .Select(c => c.Trim().Replace('\u0001', '|'))];
            if (cells is [var column, "target" or "beside", var said])
                data.Add(column.Trim('`'), cells[1] == "target", said);
        }
        Assert.True(data.Count > 20, "the table is there");
        return data;
    }

    [Theory]
    [MemberData(nameof(Documented))]
    public void What_is_documented_is_so(string column, bool isTarget, string said)
    {
        var (name, values) = column.Split(": ", 2) is [var n, var v] ? (n, v.Split(", "))
            : throw new InvalidOperationException(column);
        var path = Csv("l.csv", $"image,gender,{name}", i => $"{Name(i)},{Gender(i)},{values[i % values.Length]}");
        if (said.StartsWith("refused: ", StringComparison.Ordinal))
            Refused(path, isTarget ? name : "gender", said["refused: ".Length..]);
        else
            Says(Check(path, isTarget ? name : "gender"), said);
    }

    public LabelFileTests()
    {
        Directory.CreateDirectory(P("images"));
        for (var i = 0; i < Count; i++)
            File.WriteAllBytes(P("images", Name(i)), []);
    }

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"{i + 1:000000}.jpg");

    private static string Gender(int i) => i % 2 == 0 ? "male" : "female";

    /// <summary>Two thirds for training, the rest in turn for validation and the test, males and females
    /// alike.</summary>
    private static int Part(int i) => i % 10 < 6 ? 0 : i % 10 < 8 ? 1 : 2;

    private static string Rows(Func<int, string> row) =>
        string.Concat(Enumerable.Range(0, Count).Select(i => row(i) + "\n"));

    private string P(params string[] parts) => Path.Combine([_folder, .. parts]);

    private void Write(string name, string text) => File.WriteAllText(P(name), text, new UTF8Encoding(false));

    private string Csv(string name, string header, Func<int, string> row)
    {
        Write(name, header + "\n" + Rows(row));
        return P(name);
    }

    private void Move(Func<int, string> folder)
    {
        for (var i = 0; i < Count; i++)
        {
            Directory.CreateDirectory(P("images", folder(i)));
            File.Move(P("images", Name(i)), P("images", folder(i), Name(i)));
        }
    }

    private static LabelOptions Options(string source) => source;

    private List<string> Check(string labels, string target, Func<TrainRunOptions, TrainRunOptions>? more = null) =>
        Check(o => (more ?? (x => x))(o with { Labels = labels, Targets = [target] }));

    private List<string> Check(Func<TrainRunOptions, TrainRunOptions> options) => [.. TrainRun.Check(options(
        new() { Images = [P("images")], Labels = "utkface", Targets = [], Out = P("out"), Home = P("home") }))];

    private static void Says(IReadOnlyList<string> lines, params string[] words)
    {
        var all = string.Join("\n", lines);
        foreach (var word in words)
            Assert.Contains(word, all, StringComparison.Ordinal);
    }

    private void Refused(string labels, string target, params string[] words) =>
        Refused(o => o with { Labels = labels, Targets = [target] }, words);

    private void Refused(Func<TrainRunOptions, TrainRunOptions> options, params string[] words)
    {
        var e = Assert.Throws<FaceBiasException>(() => Check(options));
        foreach (var word in words)
            Assert.Contains(word, e.Typed(), StringComparison.Ordinal);
    }
}
