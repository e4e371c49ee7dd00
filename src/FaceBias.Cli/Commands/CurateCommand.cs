using System.CommandLine;
using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Workflows.Curate;

namespace FaceBias.Cli.Commands;

/// <summary><c>facebias curate</c>: finds what would poison training or an audit, and shows it.</summary>
internal static class CurateCommand
{
    public static Command Create()
    {
        var images = new Option<string[]>("--images")
        { Description = "Folder(s) of images.", Required = true, AllowMultipleArgumentsPerToken = true, HelpName = "DIR" };
        var labels = new LabelArguments(required: false);
        var output = new Option<string>("--out") { Description = "Folder of manifest.parquet, curation.json, curation.html and review.csv.", Required = true, HelpName = "DIR" };
        var review = new Option<string?>("--review") { Description = "Decisions of a person; by default review.csv in --out if it is there.", HelpName = "FILE" };
        var distance = new Option<int>("--near-distance")
        { Description = "Largest Hamming distance of near duplicates.", DefaultValueFactory = _ => NearDuplicates.DefaultDistance };
        var near = NearPolicyOption.Create();
        var difference = new Option<int?>("--dhash-distance") { Description = "Also compare difference hashes, up to this distance.", HelpName = "BITS" };
        var orientations = new Option<bool>("--orientations") { Description = "Also compare mirrored and turned pictures (all 8 orientations)." };
        var backbone = new Option<string?>("--backbone")
        { Description = "Let this backbone's features confirm near duplicates, find pictures unlike the others and check labels; a name of 'facebias models list', such as faceres, or an ONNX file.", HelpName = "NAME|FILE" };
        var faces = new Option<bool>("--faces") { Description = "Look for faces with the detector retinaface; boxes and landmarks go into the manifest." };
        var persons = new Option<bool>("--persons") { Description = "Look for the same person in different splits, by features of the faces found (needs --faces)." };
        var personSimilarity = new Option<double>("--person-similarity")
        { Description = "Cosine of two faces' features from which on they count as one person's.", DefaultValueFactory = _ => new CurateRunOptions { Images = [], Out = "" }.PersonSimilarity };
        var similarity = new Option<double>("--near-similarity")
        { Description = "Similarity of features, 0 by chance and 1 if equal, from which on a near duplicate is confirmed.", DefaultValueFactory = _ => new CurationOptions().NearSimilarity };
        var drop = new Option<string[]>("--drop") { Description = "Further findings that drop an image, such as not_face,dark.", HelpName = "FLAGS" };
        var seed = new Option<int>("--seed") { Description = "Seed of the splits where the labels bring none.", DefaultValueFactory = _ => new SplitOptions().Seed };
        var threads = new Option<int>("--threads") { Description = "Threads; 0 for one per core.", DefaultValueFactory = _ => 0 };
        var command = new Command("curate", "Finds copies, label conflicts, near duplicates and bad pictures, and shows them to be overruled.")
        {
            images, output, review, distance, difference, orientations, near, faces, persons, personSimilarity, backbone, similarity, drop, seed, threads,
        };
        labels.AddTo(command);
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var options = new CurateRunOptions
            {
                Images = parsed.GetRequiredValue(images),
                Labels = labels.Read(parsed),
                Out = parsed.GetRequiredValue(output),
                Review = parsed.GetValue(review),
                NearDistance = parsed.GetValue(distance),
                DifferenceDistance = parsed.GetValue(difference),
                Orientations = parsed.GetValue(orientations),
                Faces = parsed.GetValue(faces),
                Persons = parsed.GetValue(persons),
                PersonSimilarity = parsed.GetValue(personSimilarity),
                Backbone = parsed.GetValue(backbone),
                NearSimilarity = parsed.GetValue(similarity),
                Near = parsed.GetValue(near),
                Drop = ManifestFlagNames.Parse(Lists.Split(parsed.GetValue(drop)), "--drop"),
                Seed = parsed.GetValue(seed),
                Threads = parsed.GetValue(threads),
            };
            foreach (var line in ConsoleProgress.Run(progress => CurateRun.Execute(options, progress, cancel)))
                Console.WriteLine(line);
            return 0;
        }, CancellationToken.None));
        return command;
    }
}
