using FaceBias.Core.Backbones;
using FaceBias.Core.Curation;
using FaceBias.Core.Curation.Faces;
using FaceBias.Core.Data;
using FaceBias.Primitives.Hashing;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Curation.Faces;

public class FaceDetectorTests
{
    private static DetectedFace Box(float score, float left, float top, float right, float bottom) =>
        new(score, left, top, right, bottom, new float[10]);

    [Fact]
    public void Overlap_is_intersection_over_union()
    {
        Assert.Equal(1, Box(1, 0, 0, 4, 4).Overlap(Box(1, 0, 0, 4, 4)));
        Assert.Equal(4f / 28, Box(1, 0, 0, 4, 4).Overlap(Box(1, 2, 2, 6, 6)), 6);
        Assert.Equal(0, Box(1, 0, 0, 4, 4).Overlap(Box(1, 4, 0, 8, 4)));
    }

    [Fact]
    public void Of_overlapping_faces_the_best_stays()
    {
        DetectedFace[] faces = [Box(0.6f, 0, 0, 10, 10), Box(0.9f, 1, 0, 11, 10), Box(0.7f, 50, 0, 60, 10),
            Box(0.8f, 8, 0, 18, 10)];
        Assert.Equal([0.9f, 0.8f, 0.7f], DetectedFace.Best(faces, 0.4f).Select(f => f.Score));
    }

    [Fact]
    public void Outputs_become_boxes_and_landmarks_by_the_anchors()
    {
        // Stride 16, grid of 3 x 3, place (2, 1), the second anchor (side 64): its centre is (2 * 16 + 7.5, 16 + 7.5).
        const int Grid = 3, Places = Grid * Grid, Place = 1 * Grid + 2;
        float[] scores = new float[4 * Places], boxes = new float[8 * Places], landmarks = new float[20 * Places];
        scores[3 * Places + Place] = 0.75f;
        scores[1 * Places + Place] = 0.99f; // background is no face
        boxes[4 * Places + Place] = 0.5f;
        boxes[7 * Places + Place] = MathF.Log(2);
        landmarks[10 * Places + Place] = 1;
        landmarks[19 * Places + Place] = -1;
        var found = new List<DetectedFace>();
        RetinaAnchors.Decode(found, 1, Grid, scores, boxes, landmarks, 0.5f);
        var face = Assert.Single(found);
        // The centre moves by half a side; the height doubles.
        Assert.Equal((0.75f, 39.5f, 23.5f - 64, 39.5f + 64, 23.5f + 64),
            (face.Score, face.Left, face.Top, face.Right, face.Bottom));
        Assert.Equal(39.5f + 12.8f, face.Landmarks[0], 4);
        Assert.Equal(23.5f - 12.8f, face.Landmarks[9], 4);
        var restored = face.Restore(2, 10, 20);
        Assert.Equal((39.5f - 10) / 2, restored.Left);
        Assert.Equal((23.5f + 64 - 20) / 2, restored.Bottom);
    }

    /// <summary>Real faces, with whatever is installed of the detector.</summary>
    [Fact]
    public void Every_face_of_a_small_real_set_is_found_with_its_landmarks_in_order()
    {
        var folder = TestPaths.RealData("mit_faces");
        var entry = Catalogue.BuiltIn.Entries.Single(e => e.Name == FaceSearch.Detector);
        Assert.SkipUnless(new ModelStore().IsReady(entry), "needs the detector (facebias models pull retinaface)");
        var home = TestPaths.NewFolder();
        Directory.CreateSymbolicLink(Path.Combine(home, "models"), Path.Combine(FaceBiasHome.Folder, "models"));
        var manifest = Curator.Run(ImageFolder.List(folder).Files).Manifest;
        FaceSearch.Run(manifest, home, 0, null, TestContext.Current.CancellationToken);
        double[] Measure(string name) => manifest.Measure(name)!;
        Assert.All(Measure(ManifestMeasures.Faces), n => Assert.InRange(n, 1, 2));
        for (var i = 0; i < manifest.Count; i++)
        {
            double[] box = [.. ManifestMeasures.FaceBox.Select(b => Measure(b)[i])];
            Assert.InRange((box[2] - box[0]) / manifest.Width[i], 0.4, 1.3);
            double X(int landmark) => Measure(ManifestMeasures.Landmarks[2 * landmark])[i];
            double Y(int landmark) => Measure(ManifestMeasures.Landmarks[2 * landmark + 1])[i];
            Assert.True(X(0) < X(1) && X(3) < X(4), "left and right");
            Assert.True(Y(0) < Y(2) && Y(1) < Y(2) && Y(2) < Y(3) && Y(2) < Y(4), "eyes above nose above mouth");
            Assert.All(Enumerable.Range(0, 5),
                p => Assert.True(X(p) > box[0] && X(p) < box[2] && Y(p) > box[1] && Y(p) < box[3], "within the box"));
        }
        // From the store, without a look at a picture.
        var again = new Manifest([.. manifest.Files.Select(f => f with { Path = "/nowhere" })]);
        manifest.Sha256.CopyTo(again.Sha256, 0);
        FaceSearch.Run(again, home, 0, null, TestContext.Current.CancellationToken);
        Assert.Equal(Measure(ManifestMeasures.FaceScore), again.Measure(ManifestMeasures.FaceScore));
    }
}
