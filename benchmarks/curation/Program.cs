// Speed and proof of curation; run.sh says how.
using FaceBias.Benchmarks.Curation;

switch (args)
{
    case ["hash", var folder]:
        HashSpeed.Run(folder);
        break;
    case ["near"]:
        NearSpeed.Run();
        break;
    case ["scale-make", var folder, var count, var work]:
        Scale.Make(folder, int.Parse(count), work);
        break;
    case ["scale-run", var facebias, var work]:
        Scale.Run(facebias, work);
        break;
    case ["copies", var folder, var count, .. var imagededup]:
        CopyProof.Run(folder, int.Parse(count), imagededup.FirstOrDefault());
        break;
    case ["faces", var data, var every]:
        FaceProof.Run(data, int.Parse(every), "faceres");
        break;
    case ["persons", var folder, var every]:
        PersonProof.Run(folder, int.Parse(every));
        break;
    case ["labels", var folder]:
        LabelProof.Run(folder, "faceres");
        break;
    default:
        Console.Error.WriteLine(
            "usage: curation hash FOLDER | near | scale-make FOLDER COUNT WORK | scale-run FACEBIAS WORK | copies "
                + "FOLDER COUNT [IMAGEDEDUP] | faces DATA EVERY | labels FOLDER | persons FOLDER EVERY");
        return 2;
}
return 0;
