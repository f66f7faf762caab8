import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.List;
import org.h2.mvstore.MVStore;

/** MongoDB's wire protocol over a file. Arguments: port, file. What it has answered survives a kill. */
public final class WireServer {
    private static final class Backend extends H2Backend {
        Backend(String file) {
            super(new MVStore.Builder().fileName(file).autoCommitDisabled().open());
        }

        @Override
        public synchronized Document handleCommand(Channel channel, String database, String command, Document query) {
            Document answer = super.handleCommand(channel, database, command, query);
            if (getMvStore().hasUnsavedChanges()) commit();
            return answer;
        }
    }

    // The driver refuses servers before 4.2; the library stops at the number of 4.0.
    private static final class Reported implements MongoVersion {
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        public int getWireVersion() {
            return 13;
        }
    }

    public static void main(String[] args) {
        Backend backend = new Backend(args[1]);
        backend.version(new Reported());
        MongoServer server = new MongoServer(backend);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        server.bind("127.0.0.1", Integer.parseInt(args[0]));
    }
}
